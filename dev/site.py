"""Makes the pages of the documentation's site that do not lie in docs/: mkdocs calls it, as mkdocs.yml says.

Pages that lie elsewhere in the repository are taken from there, the HTTP reference is written from the OpenAPI
document, and links to files that are no pages become their names: the site stands alone.
"""

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from seedbed.service.app import create_app
from seedbed.settings import Settings

ROOT = Path(__file__).parent.parent
TAKEN = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/RESULTS.md": "results.md",
    "src/seedbed/sprout/weights/MODEL_CARD.md": "sprout.md",
}
"""Where pages lie that are not in docs/, and what the site calls them."""
ICON = "src/seedbed/service/playground/static/icon.svg"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in docs/."""
    for source, name in TAKEN.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    files.append(File.generated(config, "assets/icon.svg", content=(ROOT / ICON).read_text(encoding="utf-8")))
    files.append(File.generated(config, "http.md", content=http_reference(create_app(Settings()).openapi())))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - mkdocs passes it by name
    """The page with its links as the site needs them, code left alone."""
    names = {name: source for source, name in TAKEN.items()}
    source = names.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    parts = FENCE.split(markdown)
    return "".join(part if part.startswith("```") else LINK.sub(_linking(source, files), part) for part in parts)


def _linking(source: str, files: Files) -> Any:
    def link(found: re.Match[str]) -> str:
        mark, text, target = found.groups()
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:") or not path:
            return found[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        name = TAKEN.get(place, place.removeprefix("docs/"))
        if files.get_file_from_path(name) is None:
            return f"{text} (`{place}`)" if text != place else f"`{place}`"
        return f"{mark}[{text}]({name}{'#' + anchor if anchor else ''})"

    return link


def http_reference(document: dict[str, Any]) -> str:
    """The page of every route: what it takes, answers and refuses."""
    lines = ["# HTTP reference", "", document["info"]["description"], ""]
    lines += ["Written from the server's own `/openapi.json`; `/docs` on a running server tries it all.", ""]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += [*_route(method.upper(), path, operation, document["components"]["schemas"]), ""]
    return "\n".join(lines)


def _route(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    yield f"## {operation['summary']}"
    yield f"\n`{method} {path}`" + ("" if operation.get("security") else " – needs no key")
    if operation.get("description"):
        yield f"\n{operation['description']}"
    yield from _table("parameter", [_parameter(each) for each in operation.get("parameters", ())])
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        required = schema.get("required", ())
        fields = schema["properties"].items()
        yield from _table("field of the body", [_row(n, p, is_needed=n in required) for n, p in fields])
    yield "\n| answer | meaning |\n|---|---|"
    for status, response in operation["responses"].items():
        yield f"| {status} | {response['description']} |"
    example = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("example")
    if example:
        yield f"\n```json\n{json.dumps(example, ensure_ascii=False, indent=1)}\n```"


def _table(head: str, rows: list[str]) -> Iterator[str]:
    if rows:
        yield f"\n| {head} | | meaning |\n|---|---|---|"
        yield from rows


def _parameter(told: dict[str, Any]) -> str:
    described = {**told["schema"], "description": told.get("description", "")}
    return _row(f"{told['name']}` ({told['in']})`", described, is_needed=told.get("required", False))


def _row(name: str, schema: dict[str, Any], *, is_needed: bool) -> str:
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    kind = kinds[0].get("type") or kinds[0].get("$ref", "").rpartition("/")[2]
    meaning = schema.get("description", "").replace("|", "\\|")
    return f"| `{name}` | {kind}{', required' if is_needed else ''} | {meaning} |".replace("``", "")
