"""How commands reach a running server, and what is to be done where they cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seedbed.errors import AuthenticationError, ConfigurationError, InvalidKey, ServerUnreachable
from seedbed.settings import Settings

if TYPE_CHECKING:
    from seedbed.client.client import Client

__all__ = ["connected", "reaching", "server_address", "server_key"]


@contextmanager
def connected(settings: Settings, server: str | None = None, *, retries: int | None = None) -> "Iterator[Client]":
    """A client of the server at that URL, else of the one that the settings name.

    Args:
        settings: name the server and hold the key.
        server: its URL, where the command names one.
        retries: tries after the first; as many as the client itself would make, if None.

    Raises `ConfigurationError`, and `ServerUnreachable` with its mend.
    """
    from seedbed.client.client import Client
    from seedbed.client.exchange import Patience

    key = server_key(settings)
    patience = None if retries is None else Patience(retries=retries)
    with reaching(), Client(server_address(settings, server), api_key=key, patience=patience) as client:
        yield client


def server_key(settings: Settings) -> str:
    """The key for a server. Raises `ConfigurationError`."""
    if settings.client_key is None:
        raise ConfigurationError("no API key: set SEEDBED_CLIENT_KEY to one that the server knows")
    return settings.client_key.get_secret_value()


def server_address(settings: Settings, server: str | None) -> str:
    """The server's URL. Raises `ConfigurationError` where it is none."""
    from seedbed.client.request import server_url

    return server_url(server or settings.client_url)


@contextmanager
def reaching() -> Iterator[None]:
    """For as long as the block lasts, who could not reach a server, or may not, is told what to do about it."""
    try:
        yield
    except AuthenticationError as error:
        raise InvalidKey(f"{error}: set SEEDBED_CLIENT_KEY to one that `seedbed keys create` made there") from error
    except ServerUnreachable as error:
        raise ServerUnreachable(
            f"{error}; start one there with `seedbed serve`, or name another by --server or SEEDBED_CLIENT_URL"
        ) from error
