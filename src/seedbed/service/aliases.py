"""Routes of further models: those of Seedream 4, under another name."""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request

from seedbed.settings import SEEDREAM_ALIAS

__all__ = ["SEEDREAM", "alias_of", "install_aliases"]

TEXT_TO_IMAGE = "/v1/ai/text-to-image/"
SEEDREAM = TEXT_TO_IMAGE + SEEDREAM_ALIAS


def alias_of(request: Request) -> str:
    """The alias of the model whose route a request came by; empty for Seedream's."""
    alias = request.url.path.partition(TEXT_TO_IMAGE)[2].partition("/")[0]
    return "" if alias == SEEDREAM_ALIAS else alias


def install_aliases(app: FastAPI, seedream: APIRouter, aliases: Iterable[str]) -> None:
    """Serve each of Seedream's routes under each alias as well; the OpenAPI document shows them once."""
    routes = [route for route in seedream.routes if isinstance(route, APIRoute)]
    for alias in aliases:
        router = APIRouter(prefix=TEXT_TO_IMAGE + alias, include_in_schema=False)
        for route in routes:
            router.add_api_route(
                route.path.removeprefix(SEEDREAM),
                route.endpoint,
                methods=sorted(route.methods or ()),
                response_model=route.response_model,
                response_model_exclude_unset=route.response_model_exclude_unset,
            )
        app.include_router(router)
