import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from seedbed.webhooks.guard import AddressRefused, check_url, guarded_connector, is_public
from tests.receiver import receiving


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://example.com:8443/hook?x=1",
        "https://user:word@example.com/",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "https://bücher.example/",
    ],
)
def test_public_https_may_be_tried(url: str) -> None:
    assert check_url(url, allow_private=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "/hook",
        "//example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://exa mple.com/",
        "https://example.com/\n",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://[::1",
        "https://example.com/" + "a" * 2048,
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_what_is_no_web_address_is_refused(url: str, allow_private: bool) -> None:
    assert check_url(url, allow_private=allow_private)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost:8443/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
    ],
)
def test_private_addresses_are_refused_unless_allowed(url: str) -> None:
    assert check_url(url, allow_private=False)
    assert check_url(url, allow_private=True) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("0.0.0.0", False),
        ("100.64.0.1", False),
        ("172.31.255.255", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("192.88.99.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::8.8.8.8", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::808:808", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::1", False),
        ("2002:808:808::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


class _Names(AbstractResolver):
    """A name server under the attacker's hand: every name leads to `addresses`."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def _post(url: str, *, allow_private: bool, addresses: Sequence[str]) -> int:
    connector = guarded_connector(allow_private=allow_private, resolver=_Names(addresses))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(url, data=b"{}") as answer,
    ):
        return answer.status


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "::1"], ["::ffff:127.0.0.1"], ["10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused_before_connecting(addresses: list[str]) -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "innocent.example")
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            asyncio.run(_post(url, allow_private=False, addresses=addresses))
        assert isinstance(caught.value.os_error, AddressRefused)
        assert receiver.deliveries == []
        assert receiver.connections == 0


def test_a_literal_private_address_is_refused_by_the_connector_too() -> None:
    with receiving() as receiver:
        with pytest.raises(aiohttp.ClientConnectorError):
            asyncio.run(_post(receiver.url, allow_private=False, addresses=[]))
        assert receiver.connections == 0


def test_private_addresses_are_reached_when_allowed() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "inside.example")
        assert asyncio.run(_post(url, allow_private=True, addresses=["127.0.0.1"])) == 200
        assert receiver.connections == 1
