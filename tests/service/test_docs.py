import re

from tests.service.served import Served


def test_the_page_loads_everything_from_this_server(served: Served) -> None:
    page = served.client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for path in loaded:
        assert path.startswith("/docs/assets/")
        assert served.client.get(path).status_code == 200
    assert "http" not in page.text.replace("http-equiv", "").replace("SwaggerUIBundle", "")


def test_the_page_may_not_reach_out_even_by_mistake(served: Served) -> None:
    policy = served.client.get("/docs").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
