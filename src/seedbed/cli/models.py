"""`seedbed models list|pull|check`."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.settings import load_settings

if TYPE_CHECKING:
    from seedbed.engine.catalogue import OpenModel
    from seedbed.engine.families import Family
    from seedbed.engine.inspection import Inspected
    from seedbed.engine.models import ModelSource
    from seedbed.settings import Settings

__all__ = ["models"]

GIB = 2**30

models = typer.Typer(help="Other models than Sprout: list, pull and check them.", no_args_is_help=True)

Model = Annotated[str | None, typer.Argument(help="As in SEEDBED_MODEL. [default: SEEDBED_MODEL]")]


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")]


@models.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models that we recommend or warn of: licence, size, memory, steps, guidance."""
    from seedbed.engine.catalogue import CATALOGUE, needs_acceptance
    from seedbed.engine.families import FAMILIES

    families = {family.name: family for family in FAMILIES}
    accepted = load_settings().accept_licences
    for model in CATALOGUE:
        family, refused = families[model.family], needs_acceptance(model.licence, accepted)
        if as_json:
            _print({**_fields(model), "must_be_accepted": refused, "steps": family.steps, "guidance": _span(family)})
        else:
            _tell(model, family, refused=refused)


def _tell(model: "OpenModel", family: "Family", *, refused: bool) -> None:
    typer.secho(model.repository, bold=True, nl=False)
    typer.echo(f"  {model.advice}" if model.advice else "")
    typer.echo(f"  licence {model.licence}{' (must be accepted)' if refused else ''}, {model.size} parameters")
    typer.echo(f"  {model.memory} of GPU memory, {family.steps} steps, guidance {_guidance(family)}")
    if model.is_recalled:
        typer.echo("  recalled, not checked against its maker's pages")


@models.command()
def pull(
    model: Annotated[str, typer.Argument(help="A repository such as Tongyi-MAI/Z-Image; @revision may follow.")],
    as_json: AsJson = False,
) -> None:
    """Download a model from the Hugging Face hub; files that an earlier pull got whole stay."""
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
    found, named = inspect_folder(settings, source, path), f"{source.name}@{source.revision}"
    if as_json:
        _print({**_findings(settings, found), "path": str(path), "setting": named})
        return
    _show(settings, found)
    typer.echo(f"use it with SEEDBED_MODEL={named}")


@models.command()
def check(model: Model = None, as_json: AsJson = False) -> None:
    """Look through a model without loading it: its files, its licence, and what it is."""
    from seedbed.engine.inspection import inspect_model
    from seedbed.engine.models import ModelKind, parse_model

    settings = load_settings()
    source = parse_model(model or settings.model)
    if source.kind is ModelKind.BUILT_IN:
        said = f"{source.name} comes with Seedbed"
        _print({"model": source.name, "built_in": True}) if as_json else typer.echo(said)
    elif source.kind is ModelKind.REMOTE:
        there = _ask(settings, source)
        said = f"{source.where} answers; it has {', '.join(there) or 'nothing that it names'}"
        _print({"model": source.name, "server": source.where, "models": there}) if as_json else typer.echo(said)
    else:
        found = inspect_model(settings, source)
        _print(_findings(settings, found)) if as_json else _show(settings, found)


def _print(told: dict[str, Any]) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False))


def _fields(model: "OpenModel") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(model)


def _findings(settings: "Settings", found: "Inspected") -> dict[str, Any]:
    folder, family = found.folder, found.family
    return {
        "model": found.source.label,
        "family": family.name,
        "pipeline": folder.pipeline,
        "licence": found.licence,
        "weight_bytes": folder.weight_bytes,
        "components": list(folder.components),
        "steps": settings.num_inference_steps or family.steps,
        "guidance": _span(family),
    }


def _show(settings: "Settings", found: "Inspected") -> None:
    folder, family = found.folder, found.family
    typer.secho(found.source.label, bold=True)
    typer.echo(f"  family {family.name} ({folder.pipeline}), licence {found.licence or 'unknown'}")
    typer.echo(f"  {folder.weight_bytes / GIB:.1f} GiB of weights in {', '.join(folder.components)}")
    typer.echo(f"  {settings.num_inference_steps or family.steps} steps, guidance {_guidance(family)}")


def _ask(settings: "Settings", source: "ModelSource") -> list[str]:
    """The models that a remote server says it has. Raises `EngineError` when it does not answer."""
    import asyncio

    from seedbed.engine.remote_server import RemoteServer
    from seedbed.errors import EngineError

    key = settings.remote_api_key
    server = RemoteServer(source.where, key.get_secret_value() if key else None)
    if not asyncio.run(server.is_healthy()):
        raise EngineError(f"the remote server at {source.where} does not answer")
    return list(asyncio.run(server.models()))


def _span(family: "Family") -> list[float] | None:
    """The guidance scales that a family takes as they are asked, lowest and highest; None where it takes none."""
    return None if family.guidance.span is None else list(family.guidance.span)


def _guidance(family: "Family") -> str:
    span = family.guidance.span
    return "none" if span is None else f"{span[0]:g} to {span[1]:g} ({family.guidance.kind})"
