"""Writes what documents say of the source from the source: `python dev/document.py`.

The settings' page comes from the settings' descriptions, the tree in ARCHITECTURE.md from each file's first
line. Tests hold both against the source.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from seedbed.settings import Settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "seedbed"
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


def settings_page() -> str:
    """The whole of docs/settings.md."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def architecture() -> str:
    """ARCHITECTURE.md with the tree as it now is."""
    tree = "src/seedbed/\n" + "".join(f"{line}\n" for line in _lines(SOURCE, 1))
    return TREE.sub(lambda _: tree, ARCHITECTURE.read_text(encoding="utf-8"), count=1)


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
    ARCHITECTURE.write_text(architecture(), encoding="utf-8")
