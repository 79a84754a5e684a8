"""`seedbed vocabulary`: what Sprout can draw, and the words it knows."""

import json
from typing import Annotated

import typer

__all__ = ["vocabulary"]


def vocabulary(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what Sprout can draw and every word it knows."""
    from seedbed.sprout.vocabulary import PACKAGED_VOCABULARY, Vocabulary

    known = Vocabulary.from_pretrained(PACKAGED_VOCABULARY)
    if as_json:
        typer.echo(json.dumps({"things": known.things, "words": known.words}, ensure_ascii=False))
        return
    nouns = [thing for thing in known.things if thing not in known.characters]
    typer.secho(f"{len(nouns)} things it draws:", bold=True)
    typer.echo(", ".join(nouns))
    if known.characters:
        typer.secho("\nText that it writes, up to 8 characters in quotation marks:", bold=True)
        typer.echo("".join(known.characters))
    typer.secho(f"\n{len(known.words)} words it knows:", bold=True)
    typer.echo(", ".join(known.words))
