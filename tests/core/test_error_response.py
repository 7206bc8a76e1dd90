"""From answers to errors."""

import errno
import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core import errors
from sprites_facade._core.errors import error_from_response, retry_after

_NOW = datetime(2026, 6, 2, 17, 0, 0, tzinfo=UTC)

_CLASSES = {
    300: "APIStatusError",
    302: "APIStatusError",
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "APIStatusError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    405: "APIStatusError",
    408: "APIStatusError",
    409: "ConflictError",
    410: "APIStatusError",
    418: "APIStatusError",
    422: "BadRequestError",
    429: "RateLimitError",
    500: "ServerError",
    501: "ServerError",
    502: "ServerError",
    503: "ServerError",
    599: "ServerError",
    600: "APIStatusError",
    0: "APIStatusError",
}
# name: body, what of it the message must show, code
_BODIES = {
    "json error": (b'{"error":"sprite is busy"}', "sprite is busy", None),
    "json errors": (b'{"errors":["bad name","bad auth"]}', "bad name; bad auth", None),
    "json limit": (
        b'{"error":"sprite_creation_rate_limited","message":"slow down","limit":10}',
        "slow down",
        "sprite_creation_rate_limited",
    ),
    "json code": (b'{"error":"no","code":"quota_exceeded"}', "no", "quota_exceeded"),
    "json nested": (b'{"error":{"message":"deep"}}', "deep", None),
    "json with BOM": (b'\xef\xbb\xbf{"error":"marked"}', "marked", None),
    "text": (b"no such checkpoint\n", "no such checkpoint", None),
    "html": (
        b"<!DOCTYPE html><html><head><title>502\n Bad Gateway</title></head>x</html>",
        "502 Bad Gateway",
        None,
    ),
    "html without title": (b"<html><body>hi</body></html>", "a page of HTML", None),
    "empty": (b"", "", None),
    "blank": (b" \r\n", "", None),
    "invalid UTF-8": (b"caf\xe9 \xff\xfe", "caf", None),
    "huge text": (b"x" * 3_000_000, "xxxx", None),
    "huge json": (b'{"error":"' + b"y" * 3_000_000 + b'"}', "yyyy", None),
    "deep json": (b"[" * 100_000, "[[[", None),
    "long integer": (b'{"error":' + b"1" * 5000 + b"}", "111", None),
    "json list": (b'["a", 1]', "", None),
    "json null": (b"null", "", None),
    "json number": (b"12", "", None),
    "json string": (b'"just words"', "just words", None),
    "json wrong types": (b'{"error":7,"errors":{"a":1},"message":[],"code":3}', "", None),
    "half json": (b'{"error":"sprite is bu', "sprite is bu", None),
    "control characters": (b"a\x00b\x1b[31mc", "a\\x00b\\x1b[31mc", None),
    "lone surrogate": (b'{"error":"a\\ud800b"}', "a\\ud800b", None),
}


def _error(status=409, body=b"", headers=None, **more):
    more = {"method": "POST", "path": "/v1/sprites/demo/checkpoint", **more}
    return error_from_response(status, headers or {}, body, **more)


@pytest.mark.parametrize("status", _CLASSES)
@pytest.mark.parametrize("kind", _BODIES)
def test_any_status_with_any_body_gives_its_class_and_keeps_what_is_known(status, kind):
    """P12, J4, G4: no error loses its status, code, request id or body."""
    body, shown, code = _BODIES[kind]
    error = _error(status, body, {"X-Request-Id": "req-1", "Content-Type": "a lie"})
    assert type(error).__name__ == _CLASSES[status]
    assert (error.status, error.code, error.request_id) == (status, code, "req-1")
    assert (error.method, error.path) == ("POST", "/v1/sprites/demo/checkpoint")
    assert shown in error.message
    assert error.message in str(error)
    assert f"POST /v1/sprites/demo/checkpoint answered {status}" in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 800
    assert len(repr(error.body)) <= 6000
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__


@given(st.integers(0, 700), st.binary(max_size=300))
def test_no_bytes_make_the_mapping_fail(status, body):
    assert _error(status, body).status == status


@given(
    st.integers(300, 599),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["error", "errors", "message", "code", "path", "retry_after_seconds", "detail"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=10,
    ),
)
def test_no_json_makes_the_mapping_fail(status, body):
    assert _error(status, json.dumps(body).encode()).status == status


def test_the_json_body_is_kept_decoded_and_text_as_text():
    assert _error(409, b'{"error":"a","n":[1]}').body == {"error": "a", "n": [1]}
    assert _error(409, b" words \n").body == "words"
    assert _error(409, b"").body is None


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/v1/sprites/x", b'{"error":"failed to retrieve sprite"}'),
        ("DELETE", "/v1/sprites/x", b'{"error":"failed to delete sprite"}'),
        (
            "GET",
            "/v1/sprites/x/checkpoints/v9",
            b"Failed to get checkpoint: boom: checkpoint with path checkpoints/v9 not found\n",
        ),
    ],
)
def test_the_500_texts_of_production_that_mean_not_found(method, path, text):
    error = _error(500, text, method=method, path=path, looked_for="checkpoint 'v9'")
    assert type(error) is errors.NotFoundError
    assert error.status == 500
    assert "looking for checkpoint 'v9'" in str(error)


@pytest.mark.parametrize(
    ("status", "method", "text"),
    [
        (500, "DELETE", b'{"error":"failed to retrieve sprite"}'),
        (500, "POST", b'{"error":"failed to delete sprite"}'),
        (500, "GET", b'{"error":"failed to retrieve sprite: database is down"}'),
        (502, "GET", b'{"error":"failed to retrieve sprite"}'),
        (500, "GET", b"checkpoint not found, nor anything else"),
    ],
)
def test_other_texts_of_500_stay_failures_of_the_server(status, method, text):
    assert type(_error(status, text, method=method)) is errors.ServerError


@pytest.mark.parametrize("code", ["ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "EACCES", "ENOTEMPTY"])
@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_the_body_of_a_file_endpoint_becomes_a_file_error_whatever_its_status(code, status):
    body = json.dumps({"error": "it is so", "code": code, "path": "/app/x"}).encode()
    error = _error(status, body, {"fly-request-id": "f-1"}, method="GET", path="/v1/fs/read?path=x")
    assert type(error) is errors.filesystem_error_class(code)
    assert (error.errno, error.path, error.status) == (getattr(errno, code), "/app/x", status)
    assert (error.request_id, error.body["error"]) == ("f-1", "it is so")
    told_once = f"it is so: '/app/x' (GET /v1/fs/read answered {status})"
    assert str(error) == told_once
    body = body.replace(b"it is so", b"/app/x: it is so")
    error = _error(status, body, method="GET", path="/v1/fs/read")
    assert (str(error), error.message) == (told_once, "/app/x: it is so")


@pytest.mark.parametrize(
    ("status", "code", "said", "expected"),
    [
        (400, "EINVAL", "/app/x: file name too long", "ENAMETOOLONG"),
        (400, "EINVAL", "/app/x: too many levels of symbolic links", "ELOOP"),
        (507, "EIO", "/app/x: no space left on device", "ENOSPC"),
        (507, "EIO", "no space left on device", "ENOSPC"),
        (507, "EIO", "/app/x: disk quota exceeded", "EDQUOT"),
        (409, "EIO", "/app/x: device or resource busy", "EBUSY"),
        (400, "EINVAL", "/app/x: invalid cross-device link", "EXDEV"),
        # A code of the wire that says enough is believed, and a name is not what was said.
        (403, "EPERM", "/app/x: read-only file system", "EPERM"),
        (400, "EINVAL", "/app/x: a size is negative", "EINVAL"),
        (400, "EINVAL", "/app/no space left on device: range outside the file", "EINVAL"),
    ],
)
def test_what_the_wire_has_no_code_for_is_taken_from_the_words(status, code, said, expected):
    """It knows nine codes; the full disk of a program that looks at `errno` is not among them."""
    path = said.rpartition(": ")[0] or "/app/x"
    body = json.dumps({"error": said, "code": code, "path": path}).encode()
    error = _error(status, body, method="PUT", path="/v1/fs/write")
    assert (error.code, error.errno) == (expected, getattr(errno, expected))
    assert type(error) is errors.filesystem_error_class(code)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (404, "SpriteFileNotFoundError"),
        (403, "SpritePermissionError"),
        (409, "SpriteFileExistsError"),
        (400, "BadRequestError"),
        (500, "ServerError"),
    ],
)
def test_a_path_without_a_code_is_a_file_error_where_the_status_says_which(status, name):
    assert type(_error(status, b'{"error":"no","path":"/x"}')).__name__ == name


@pytest.mark.parametrize("code", ["E", "ENOSUCHCODE", "enoent", "E NOENT", "sprite_busy", 3, None])
def test_other_codes_make_no_file_error(code):
    error = _error(404, json.dumps({"error": "no", "code": code}).encode())
    assert type(error) is errors.NotFoundError


def test_an_unknown_sprite_at_a_file_endpoint_is_no_missing_file():
    error = _error(404, b'{"error":"sprite not found"}', path="/v1/sprites/x/fs/read")
    assert type(error) is errors.NotFoundError


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Retry-After": "3"}, {}, 3.0),
        ({"RETRY-AFTER": " 2.5 "}, {}, 2.5),
        ({}, {"retry_after_seconds": 7}, 7.0),
        ({"Retry-After": "2"}, {"retry_after_seconds": 7}, 7.0),
        ({"Retry-After": "9"}, {"retry_after_seconds": 7}, 9.0),
        ({"Retry-After": "Tue, 02 Jun 2026 17:00:30 GMT"}, {}, 30.0),
        ({"Retry-After": "Tue, 02 Jun 2026 17:00:30 -0000"}, {}, 30.0),
        ({"Retry-After": "Tue, 02 Jun 2026 16:00:00 GMT"}, {}, 0.0),
        ({"Retry-After": "-1"}, {}, None),
        ({"Retry-After": "nan"}, {}, None),
        ({"Retry-After": "1e999"}, {}, None),
        ({"Retry-After": "soon"}, {"retry_after_seconds": 1}, 1.0),
        ({"Retry-After": ""}, {}, None),
        ({"Retry-After": "Tue, 99 Foo 2026"}, {}, None),
        ({}, {"retry_after_seconds": True}, None),
        ({}, {"retry_after_seconds": -5}, None),
        ({}, {"retry_after_seconds": "7"}, None),
        ({}, {"retry_after_seconds": float("nan")}, None),
        ({}, {"retry_after_seconds": float("inf")}, None),
        ({}, ["retry_after_seconds"], None),
        ({}, {}, None),
    ],
)
def test_retry_after(headers, body, expected):
    """P12: the header and the body both count, and nonsense does not."""
    assert retry_after(headers, body, _NOW) == expected
    if float("inf") not in getattr(body, "values", list)():
        error = _error(429, json.dumps(body).encode(), headers, now=_NOW)
        assert error.retry_after == expected


def test_a_date_without_a_clock_is_ignored():
    headers = {"Retry-After": "Tue, 02 Jun 2026 17:00:30 GMT"}
    assert retry_after(headers, None) is None


@given(st.text(max_size=40))
def test_no_text_in_retry_after_makes_the_mapping_fail(value):
    delay = retry_after({"retry-after": value}, None, _NOW)
    assert delay is None or delay >= 0


def test_a_delay_is_told_in_the_message():
    error = _error(429, b'{"error":"x","message":"slow"}', {"retry-after": "12"})
    assert "try again in 12 s" in str(error)


def test_nothing_secret_that_a_proxy_echoed_gets_into_the_message():
    body = b"you sent Authorization: Bearer org/1/id/s3cret, and bearer s3cret2; FlyV1 s3cret3"
    error = _error(401, body, path="/v1/x?env=s3cret4")
    assert "s3cret" not in f"{error} {error!r} {error.message} {error.path}"
    assert "Bearer [redacted]" in str(error)


def test_the_request_id_of_fly_is_the_second_choice():
    both = {"Fly-Request-Id": "fly", "x-request-id": "ours"}
    assert _error(500, b"", both).request_id == "ours"
    assert _error(500, b"", {"Fly-Request-Id": "fly"}).request_id == "fly"
    assert _error(500, b"").request_id is None


def test_a_date_far_away_stays_a_number():
    later = (_NOW + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after({"Retry-After": later}, None, _NOW) == 86400.0
