import base64
import socket

import pytest

from tests.service.served import KEY, TASKS, Served


def sent(served: Served, request: bytes) -> tuple[str, bytes]:
    """What the server answers to raw bytes: head and body."""
    with socket.create_connection(("127.0.0.1", served.settings.port), timeout=10) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            lines = list(iter(lambda: answer.readline().strip().lower().decode("latin-1"), ""))
            length = next(line.partition(":")[2] for line in lines if line.startswith("content-length"))
            return "\n".join(lines), answer.read(int(length))


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nowhere", 404, "Not Found"),
        ("POST", "/v1/ai/text-to-image/seedream-v5", 404, "Not Found"),
        ("GET", f"{TASKS}/", 404, "Not Found"),
        ("GET", "/%ff%00", 404, "Not Found"),
        ("PUT", TASKS, 405, "Method Not Allowed"),
        ("PATCH", f"{TASKS}/x", 405, "Method Not Allowed"),
        ("OPTIONS", TASKS, 405, "Method Not Allowed"),
        ("DELETE", "/livez", 405, "Method Not Allowed"),
        ("POST", "/docs/assets/swagger-ui.css", 405, "Method Not Allowed"),
        ("GET", "/docs/assets/nothing", 404, "Not Found"),
    ],
)
def test_every_error_is_json_whatever_the_route(
    served: Served, method: str, path: str, status: int, message: str
) -> None:
    answer = served.client.request(method, path)
    assert answer.status_code == status
    assert answer.json() == {"message": message}
    assert answer.headers["x-request-id"]


def test_a_wrong_method_is_told_the_right_ones(served: Served) -> None:
    assert served.client.put(TASKS).headers["allow"] == "GET, POST"
    assert served.client.put(f"{TASKS}/x").headers["allow"] == "GET, DELETE"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", b'{"prompt":"\xff"}', b'{"prompt":"\\ud83d"}', b"[" * 900_000]
)
def test_a_body_that_is_no_json_object_is_a_validation_error(served: Served, body: bytes) -> None:
    answer = served.client.post(TASKS, content=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Validation error"
    assert [param["field"] for param in answer.json()["invalid_params"]] == ["body"]


def test_a_wrong_field_is_named_the_way_the_docs_and_the_traffic_do(served: Served) -> None:
    answer = served.post(aspect_ratio="round")
    assert answer.status_code == 400
    (param,) = answer.json()["invalid_params"]
    assert (param["field"], param["name"]) == ("body.aspect_ratio", "aspect_ratio")
    assert "square_1_1" in param["reason"]


def test_images_that_the_host_ignores_do_not_make_a_body_too_large(served: Served) -> None:
    image = base64.b64encode(bytes(3 * 1024 * 1024)).decode()
    answer = served.post({"Idempotency-Key": "five images"}, reference_images=[image] * 5)
    assert answer.status_code == 200
    assert answer.headers["x-seedbed-ignored-fields"] == "reference_images"
    other = served.post({"Idempotency-Key": "five images"}, reference_images=[image] * 4)
    assert other.status_code == 409


def test_a_body_over_the_limit_is_refused_announced_or_not(served: Served) -> None:
    large = b'{"prompt":"a cat","x":"' + b"x" * served.settings.max_body_bytes + b'"}'
    announced = served.client.post(TASKS, content=large)
    chunked = served.client.post(TASKS, content=iter([large[at : at + 65536] for at in range(0, len(large), 65536)]))
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert isinstance(answer.json()["message"], str)
    assert served.post().status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ],
)
def test_even_what_is_no_http_is_answered_in_json(served: Served, request_bytes: bytes) -> None:
    head, body = sent(served, request_bytes)
    assert head.startswith("http/1.1 4")
    assert "content-type: application/json" in head
    assert body.startswith(b'{"message":"')


def test_asking_for_a_websocket_is_answered_over_http(served: Served) -> None:
    upgrade = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    head, body = sent(served, b"GET /nowhere HTTP/1.1\r\nhost: x\r\n" + upgrade + b"\r\n")
    assert head.startswith("http/1.1 404")
    assert body == b'{"message":"Not Found"}'


@pytest.mark.parametrize("host", [b"[::1", b"<script>", b"a b", b"", b"x" * 5000])
def test_a_nonsense_host_gets_an_answer_and_is_not_repeated(served: Served, host: bytes) -> None:
    task_id = served.drawn().json()["data"]["task_id"].encode()
    key = KEY.encode()
    head, body = sent(
        served,
        b"GET "
        + TASKS.encode()
        + b"/"
        + task_id
        + b" HTTP/1.1\r\nhost: "
        + host
        + b"\r\nx-freepik-api-key: "
        + key
        + b"\r\nconnection: close\r\n\r\n",
    )
    assert head.startswith("http/1.1 200")
    if not host.isalnum():
        assert f'"generated":["{served.url}/images/'.encode() in body


def test_a_client_that_hangs_up_amid_its_body_harms_nobody(served: Served) -> None:
    head = f"POST {TASKS} HTTP/1.1\r\nhost: x\r\nx-freepik-api-key: {KEY}\r\n"
    with socket.create_connection(("127.0.0.1", served.settings.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"content-length: 100\r\n\r\n{")
    assert served.post().status_code == 200
