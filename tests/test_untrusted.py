"""Whatever strangers send, parsing it ends in an answer or in an error of ours, and in nothing else."""

import json
import string
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.errors import InvalidRequest, LinkError, SignatureError
from seedbed.service.downloads import parse_range
from seedbed.service.schemas import parse_generation
from seedbed.settings import Settings
from seedbed.store.links import LinkSigner
from seedbed.store.schema import open_database
from seedbed.store.tasks import TaskStore, silently
from seedbed.webhooks.guard import check_url
from seedbed.webhooks.signature import signed_headers, verify
from tests.store.rows import KEY_ID, new_task

CURSOR = "[A-Za-z0-9_-]{1,128}"
"""What the list lets through to the store."""
PATH = "04/result_SEEDREAM_V4_046b6c7f_0.jpeg"
NOW = 1_700_000_000
SIGNER = LinkSigner(b"secret", 3600, clock=lambda: NOW)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
FIELDS = st.sampled_from(["prompt", "seed", "aspect_ratio", "guidance_scale", "webhook_url", "other"])
SPELLED = st.text(alphabet=string.printable) | st.text()

MANY = settings(max_examples=200, deadline=None)


def is_ours(headers: dict[str, str], body: bytes) -> bool:
    try:
        verify(["secret"], headers, body, NOW)
    except SignatureError:
        return False
    return True


@MANY
@given(SPELLED | st.builds("exp={}~hmac={}".format, SPELLED, SPELLED))
def test_a_token_that_we_did_not_make_opens_nothing(token: str) -> None:
    with pytest.raises(LinkError):
        SIGNER.verify(PATH, token)


@MANY
@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), SPELLED), st.binary())
def test_headers_that_we_did_not_sign_are_refused(headers: dict[str, str], body: bytes) -> None:
    assert not is_ours(headers, body)


@MANY
@given(st.binary())
def test_no_other_body_has_the_same_signature(body: bytes) -> None:
    headers = signed_headers(["secret"], "msg_1", NOW, b"{}")
    assert is_ours(headers, body) is (body == b"{}")


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaskStore]:
    database = open_database(Settings(data_dir=tmp_path_factory.mktemp("tasks")))
    store = TaskStore(database)
    store.create(new_task(), idempotency=None, queue_limit=9, enqueue=silently)
    yield store
    database.close()


@MANY
@given(cursor=st.from_regex(CURSOR, fullmatch=True), key_id=st.sampled_from([KEY_ID, "another", None]))
def test_a_cursor_that_no_list_gave_out_is_refused(tasks: TaskStore, cursor: str, key_id: str | None) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        tasks.page(key_id=key_id, cursor=cursor)


@MANY
@given(SPELLED | st.builds("bytes={}-{}".format, SPELLED | st.integers(), SPELLED | st.integers()))
def test_a_range_is_understood_or_ignored(header: str) -> None:
    asked = parse_range(header, 1000)
    assert asked is None or (isinstance(asked, range) and asked.start >= 0 and asked.stop <= 1000)


@MANY
@given(SPELLED | st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "ftp", ""]), SPELLED, SPELLED))
def test_a_url_is_fit_or_gets_a_reason(url: str) -> None:
    for allow_private in (False, True):
        reason = check_url(url, allow_private=allow_private)
        assert reason is None or reason


@MANY
@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), st.dictionaries(FIELDS, JSON)))
def test_a_body_is_a_request_or_a_validation_error(body: bytes) -> None:
    try:
        submission = parse_generation(body, with_digest=True)
    except InvalidRequest:
        return
    assert submission.request.prompt.strip()
