"""`seedbed models list|pull|check`."""

from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.settings import load_settings

if TYPE_CHECKING:
    from seedbed.engine.families import Family
    from seedbed.engine.inspection import Inspected
    from seedbed.engine.models import ModelSource
    from seedbed.settings import Settings

__all__ = ["models"]

GIB = 2**30

models = typer.Typer(help="Other models than Sprout: list, pull and check them.", no_args_is_help=True)

Model = Annotated[str | None, typer.Argument(help="As in SEEDBED_MODEL. [default: SEEDBED_MODEL]")]


@models.command("list")
def list_models() -> None:
    """List the models that we recommend or warn of: licence, size, memory, steps, guidance."""
    from seedbed.engine.catalogue import CATALOGUE, needs_acceptance
    from seedbed.engine.families import FAMILIES

    families = {family.name: family for family in FAMILIES}
    accepted = load_settings().accept_licences
    for model in CATALOGUE:
        family = families[model.family]
        typer.secho(model.repository, bold=True, nl=False)
        typer.echo(f"  {model.advice}" if model.advice else "")
        refused = needs_acceptance(model.licence, accepted)
        typer.echo(f"  licence {model.licence}{' (must be accepted)' if refused else ''}, {model.size} parameters")
        typer.echo(f"  {model.memory} of GPU memory, {family.steps} steps, guidance {_guidance(family)}")
        if model.is_recalled:
            typer.echo("  recalled, not checked against its maker's pages")


@models.command()
def pull(
    model: Annotated[str, typer.Argument(help="A repository such as Tongyi-MAI/Z-Image; @revision may follow.")],
) -> None:
    """Download a model from the Hugging Face hub, from where an earlier pull stopped."""
    from seedbed.engine import hub
    from seedbed.engine.catalogue import check_licence, licence_of
    from seedbed.engine.inspection import inspect_folder
    from seedbed.engine.models import ModelKind, parse_model

    settings = load_settings()
    source = parse_model(model)
    if source.kind is not ModelKind.HUB:
        raise typer.BadParameter("only a repository of the hub can be pulled")
    check_licence(source.name, licence_of(source.name, None), settings.accept_licences)
    source, path = hub.pull(source, settings.accept_licences)
    _show(settings, inspect_folder(settings, source, path))
    typer.echo(f"use it with SEEDBED_MODEL={source.name}@{source.revision}")


@models.command()
def check(model: Model = None) -> None:
    """Look through a model without loading it: its files, its licence, and what it is."""
    from seedbed.engine.inspection import inspect_model
    from seedbed.engine.models import ModelKind, parse_model

    settings = load_settings()
    source = parse_model(model or settings.model)
    if source.kind is ModelKind.BUILT_IN:
        typer.echo(f"{source.name} comes with Seedbed")
    elif source.kind is ModelKind.REMOTE:
        _ask(settings, source)
    else:
        _show(settings, inspect_model(settings, source))


def _show(settings: "Settings", found: "Inspected") -> None:
    folder, family = found.folder, found.family
    typer.secho(found.source.label, bold=True)
    typer.echo(f"  family {family.name} ({folder.pipeline}), licence {found.licence or 'unknown'}")
    typer.echo(f"  {folder.weight_bytes / GIB:.1f} GiB of weights in {', '.join(folder.components)}")
    typer.echo(f"  {settings.num_inference_steps or family.steps} steps, guidance {_guidance(family)}")


def _ask(settings: "Settings", source: "ModelSource") -> None:
    import asyncio

    from seedbed.engine.remote_server import RemoteServer
    from seedbed.errors import EngineError

    key = settings.remote_api_key
    server = RemoteServer(source.where, key.get_secret_value() if key else None)
    if not asyncio.run(server.is_healthy()):
        raise EngineError(f"the remote server at {source.where} does not answer")
    there = ", ".join(asyncio.run(server.models())) or "nothing that it names"
    typer.echo(f"{source.where} answers; it has {there}")


def _guidance(family: "Family") -> str:
    span = family.guidance.span
    return "none" if span is None else f"{span[0]:g} to {span[1]:g} ({family.guidance.kind})"
