import pytest

from tests.service.served import Served


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_whoever_watches_may_ask_for_the_head_alone(served: Served, path: str) -> None:
    whole, head = served.client.get(path), served.client.head(path)
    assert (whole.status_code, head.status_code) == (200, 200)
    assert whole.json()["status"] in ("alive", "ready")
    assert head.content == b""
