"""Writes what documents say of the source from the source: `python dev/document.py`.

The settings' page comes from the settings' descriptions, the tree in ARCHITECTURE.md from each file's first
line, the tables of models from ours. Tests hold all of it against the source.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from seedbed.engine.catalogue import CATALOGUE
from seedbed.engine.families import FAMILIES, Family
from seedbed.request import AspectRatio
from seedbed.settings import Settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "seedbed"
MODELS_PAGE = ROOT / "docs" / "models.md"
PROVEN = ROOT / "tests" / "engine" / "tiny_pipelines.py"
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
TREE = re.compile(r"(?<=```text\n)src/seedbed/\n.*?(?=```)", re.DOTALL)
HEAD = """\
# Settings

Environment variables. A name that begins with `SEEDBED_` and is not here is an error.
This page is written by `python dev/document.py`.

| variable | default | meaning |
|---|---|---|
"""


_KEPT_BY_DEFAULT = ("Qwen-Image", "Lumina-Image 2.0")
"""Families whose pipelines renormalise by themselves."""
FAMILY_HEAD = """\
| family | class in diffusers | guidance | span of 0 to 20 | steps | sizes |
|---|---|---|---|---|---|
"""
CATALOGUE_HEAD = """\
| model | family | licence | parameters, network + text | GPU memory | |
|---|---|---|---|---|---|
"""


def settings_page() -> str:
    """The whole of docs/settings.md."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def architecture() -> str:
    """ARCHITECTURE.md with the tree as it now is."""
    tree = "src/seedbed/\n" + "".join(f"{line}\n" for line in _lines(SOURCE, 1))
    return TREE.sub(lambda _: tree, ARCHITECTURE.read_text(encoding="utf-8"), count=1)


def models_page() -> str:
    """docs/models.md with the tables as they now are."""
    page = MODELS_PAGE.read_text(encoding="utf-8")
    page = _with_rows(page, "families", FAMILY_HEAD + "".join(map(_family_row, FAMILIES)))
    return _with_rows(page, "catalogue", CATALOGUE_HEAD + "".join(_catalogue_rows()))


def _with_rows(page: str, mark: str, rows: str) -> str:
    """The page with the table under `mark` made of `rows`."""
    pattern = re.compile(rf"(<!-- {mark} -->\n)(?:\|[^\n]*\n)*")
    return pattern.sub(lambda found: found[1] + rows, page, count=1)


def _family_row(family: Family) -> str:
    guidance, span = family.guidance, family.guidance.span
    limits = "-" if span is None else f"{span[0]:g} to {span[1]:g}"
    kept = ", kept in norm" if guidance.renormalise or family.name in _KEPT_BY_DEFAULT else ""
    square = family.sizes.size(next(iter(AspectRatio)))
    name = f"**{family.name}**" if f'"{family.name}":' in PROVEN.read_text(encoding="utf-8") else family.name
    facts = (
        name,
        f"`{family.pipeline}`",
        f"{guidance.kind}{kept}",
        limits,
        str(family.steps),
        f"{square} and six more",
    )
    return f"| {' | '.join(facts)} |\n"


def _catalogue_rows() -> Iterator[str]:
    for model in CATALOGUE:
        name = f"`{model.repository}`{' †' if model.is_recalled else ''}"
        facts = (name, model.family, model.licence, model.size, model.memory, model.advice)
        yield f"| {' | '.join(facts)} |\n"


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `SEEDBED_{name.upper()}` | {_default(field.default)} | {meaning} |\n"


def _default(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def _lines(folder: Path, depth: int) -> Iterator[str]:
    """A line for each file, then each folder with its own lines; a folder's caption is its `__init__`'s."""
    entries = [path for path in sorted(folder.iterdir()) if path.suffix == ".py" or _is_package(path)]
    for path in sorted(entries, key=lambda path: (path.is_dir(), path.name)):
        name = path.name + "/" * path.is_dir()
        if name != "__init__.py" or depth == 1:
            caption = _caption(path / "__init__.py" if path.is_dir() else path)
            yield f"{'  ' * depth}{name:{24 - 2 * depth}} {caption}"
        if path.is_dir():
            yield from _lines(path, depth + 1)


def _is_package(path: Path) -> bool:
    return (path / "__init__.py").is_file()


def _caption(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    return docstring.splitlines()[0] if docstring else "(without a caption)"


if __name__ == "__main__":
    SETTINGS_PAGE.write_text(settings_page(), encoding="utf-8")
    MODELS_PAGE.write_text(models_page(), encoding="utf-8")
    ARCHITECTURE.write_text(architecture(), encoding="utf-8")
