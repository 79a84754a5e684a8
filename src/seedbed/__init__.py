"""Seedbed: the self-hosted Seedream 4."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.client.async_client import AsyncClient
    from seedbed.client.client import Client
    from seedbed.client.exchange import Patience
    from seedbed.client.results import Picture, RemoteTask
    from seedbed.client.webhook import read_webhook
    from seedbed.errors import SeedbedError
    from seedbed.request import AspectRatio
    from seedbed.task import TaskStatus

__all__ = [
    "AspectRatio",
    "AsyncClient",
    "Client",
    "Patience",
    "Picture",
    "RemoteTask",
    "SeedbedError",
    "TaskStatus",
    "read_webhook",
]

_HOMES = {
    "AspectRatio": "seedbed.request",
    "AsyncClient": "seedbed.client.async_client",
    "Client": "seedbed.client.client",
    "Patience": "seedbed.client.exchange",
    "Picture": "seedbed.client.results",
    "RemoteTask": "seedbed.client.results",
    "SeedbedError": "seedbed.errors",
    "TaskStatus": "seedbed.task",
    "read_webhook": "seedbed.client.webhook",
}


def __getattr__(name: str) -> Any:
    # Whoever imports one part of us, such as a command's help, need not load the client.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
