"""`seedbed webhooks secret`."""

import typer

from seedbed.settings import load_settings

__all__ = ["webhooks"]

webhooks = typer.Typer(help="What receivers of webhooks must know.", no_args_is_help=True)


@webhooks.command("secret")
def show_secrets() -> None:
    """Print the secrets that sign webhooks, one a line; the server's own if none are set."""
    from seedbed.store.schema import open_database
    from seedbed.store.secrets import SecretStore
    from seedbed.workflow.deliver import signing_secrets

    settings = load_settings()
    database = open_database(settings)
    try:
        for secret in signing_secrets(settings, SecretStore(database)):
            typer.echo(secret)
    finally:
        database.close()
