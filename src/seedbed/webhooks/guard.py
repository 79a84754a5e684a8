"""Where webhooks may go: https to public addresses, checked again on the address really connected to."""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

__all__ = ["AddressRefused", "check_url", "guarded_connector", "is_public"]

MAX_URL_CHARACTERS = 2048

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST_V6 = ipaddress.ip_network("2000::/3")
# What the standard library of our oldest Python calls global although it is not: Teredo, 6to4 and its
# relays lead to an IPv4 address of the sender's choice, 3fff::/20 is documentation.
_NOT_GLOBAL = tuple(
    ipaddress.ip_network(network) for network in ("2001::/32", "2002::/16", "192.88.99.0/24", "3fff::/20")
)

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""What `socket.getaddrinfo` answers: family, type, protocol, canonical name, address."""


class AddressRefused(OSError):
    """The name leads to an address that webhooks may not reach; an OSError, as connectors expect."""

    def __init__(self) -> None:
        # One text for every address: only then does aiohappyeyeballs hand this type on if all are refused.
        super().__init__("the address is not public")


def check_url(url: str, *, allow_private: bool) -> str | None:
    """Why a webhook can never be delivered to `url`, or None if it may be tried.

    No name is looked up here: what a name leads to is checked when connecting, each time anew.

    Args:
        url: as the client gave it.
        allow_private: whether http and private addresses are allowed.
    """
    if len(url) > MAX_URL_CHARACTERS:
        return f"must have at most {MAX_URL_CHARACTERS} characters"
    if not (url.isprintable() and " " not in url):
        return "must not hold spaces or control characters"
    try:
        parsed = URL(url)
        host, port = parsed.host, parsed.port
    except ValueError:
        return "must be a valid URL"
    if parsed.scheme not in ("http", "https") or not host or port == 0:
        return "must be an absolute https URL"
    if allow_private:
        return None
    return _not_public(parsed.scheme, host)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether `address` belongs to the public internet, looking inside addresses that wrap IPv4 ones."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST_V6:
            return False
    exceptional = any(address in network for network in _NOT_GLOBAL)
    return address.is_global and not address.is_multicast and not exceptional


def guarded_connector(*, allow_private: bool, resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
    """A connector that opens no socket to a private address, whatever DNS says, unless allowed.

    The check sits in the socket factory, after name resolution and before the first packet, so that
    neither a name that changes between check and use (DNS rebinding) nor a mixed answer gets through.

    Args:
        allow_private: whether every address is allowed.
        resolver: looks names up; the operating system by default.
    """
    factory: Callable[[Any], socket.socket] = _open_socket if allow_private else _open_public_socket
    return aiohttp.TCPConnector(socket_factory=factory, resolver=resolver, use_dns_cache=False, force_close=True)


def _not_public(scheme: str, host: str) -> str | None:
    if scheme != "https":
        return "must be https"
    name = host.rstrip(".").lower()
    literal = _literal_address(name)
    local_name = name == "localhost" or name.endswith(".localhost")
    if local_name or (literal and not is_public(literal)):
        return "must lead to a public address"
    return None


def _literal_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    # A host that is not in canonical form may still be one of the forms that inet_aton understands.
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # 2130706433, 0x7f.1 and the like
    except OSError:
        return None


def _open_public_socket(info: AddressInfo) -> socket.socket:
    address = ipaddress.ip_address(str(info[4][0]))
    if not is_public(address):
        raise AddressRefused
    return _open_socket(info)


def _open_socket(info: AddressInfo) -> socket.socket:
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)
