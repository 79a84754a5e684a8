"""`python -m seedbed` is the `seedbed` command."""

from seedbed.cli.main import app

__all__: list[str] = []

if __name__ == "__main__":
    app(prog_name="seedbed")
