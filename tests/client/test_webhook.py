import json

import pytest

from seedbed import TaskStatus, read_webhook
from seedbed.errors import ServerError, SignatureError
from seedbed.webhooks.signature import signed_headers

NOW = 1_700_000_000
BODY = json.dumps({"task_id": "t", "status": "COMPLETED", "generated": ["https://example.com/a.jpeg"]}).encode()
HEADERS = signed_headers(["secret"], "msg_1", NOW, BODY)


def test_what_was_signed_is_read() -> None:
    task = read_webhook("secret", HEADERS, BODY, now=NOW)
    assert (task.status, task.generated) == (TaskStatus.COMPLETED, ("https://example.com/a.jpeg",))
    assert read_webhook(["new", "secret"], HEADERS, BODY, now=NOW + 299).task_id == "t"


def test_what_was_not_is_refused() -> None:
    with pytest.raises(SignatureError):
        read_webhook("another", HEADERS, BODY, now=NOW)
    with pytest.raises(SignatureError):
        read_webhook("secret", HEADERS, BODY + b" ", now=NOW)
    with pytest.raises(SignatureError):
        read_webhook("secret", HEADERS, BODY)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"task_id": "t", "status": "DONE"}'])
def test_a_signed_body_that_is_no_task_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ServerError):
        read_webhook("secret", signed_headers(["secret"], "msg_1", NOW, body), body, now=NOW)
