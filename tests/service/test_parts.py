import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request

from seedbed.service.parts import Parts, base_url
from seedbed.settings import Settings


def base(host: str | None, scheme: str = "http", root: str = "", **changes: Any) -> str:
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    request = Request({"type": "http", "scheme": scheme, "root_path": root, "headers": headers})
    parts = cast(Parts, SimpleNamespace(settings=Settings(**changes)))
    return asyncio.run(base_url(request, parts))


@pytest.mark.parametrize(
    "host", ["example.com", "example.com:8080", "127.0.0.1:80", "[::1]", "[::1]:8000", "a_b.local"]
)
def test_links_lead_where_the_request_went(host: str) -> None:
    assert base(host) == f"http://{host}"


def test_behind_tls_links_are_https() -> None:
    assert base("example.com", scheme="https", root="/seedbed") == "https://example.com/seedbed"


@pytest.mark.parametrize("host", ["a.example", "evil/..", None])
def test_the_public_url_goes_before_everything(host: str | None) -> None:
    assert base(host, public_url="https://images.example/x/") == "https://images.example/x"


@pytest.mark.parametrize("host", [None, "", "a b", "a/b", "<script>", "[::1", "a:b", "user@host", "höst"])
def test_a_host_that_is_none_is_not_repeated(host: str | None) -> None:
    assert base(host, port=8123) == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("h", "http://h:80"),
    ],
)
def test_without_a_request_links_lead_to_the_servers_own_address(host: str, expected: str) -> None:
    assert Settings(host=host, port=80).base_url == expected
