"""Serves the playground's page and what it loads, under a policy that lets nothing else in."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["POLICY", "STATIC", "install_playground"]

STATIC: Final = Path(__file__).parent / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Not even a prompt that finds a hole in our pages could run a script, or send a key anywhere."""
FRESH: Final = "no-cache"
"""Browsers keep the files, and ask each time whether they are still the same."""

router = APIRouter(include_in_schema=False)


@router.head("/")
@router.get("/")
async def page() -> FileResponse:
    """The playground."""
    headers = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "cache-control": FRESH}
    return FileResponse(STATIC / "index.html", headers=headers)


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = FRESH
        return response


def install_playground(app: FastAPI) -> None:
    """Add the page and its files."""
    app.mount("/playground", _Assets(directory=STATIC), name="playground")
    app.include_router(router)
