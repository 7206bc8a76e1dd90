"""Settings."""

import copy

import attrs
import pytest

from sprites_facade._core import config
from sprites_facade._core.config import ClientConfig
from sprites_facade._core.errors import ConfigurationError, InvalidNameError

_TOKEN = "org/1/id/s3cret"


def _resolve(token=_TOKEN, *, environ=None, **more):
    return ClientConfig.resolve(token, environ=environ or {}, **more)


@pytest.mark.parametrize(
    ("argument", "environ", "expected"),
    [
        ("a", {"SPRITE_TOKEN": "b", "SPRITES_TOKEN": "c"}, "a"),
        (None, {"SPRITE_TOKEN": "b", "SPRITES_TOKEN": "c"}, "b"),
        (None, {"SPRITES_TOKEN": "c"}, "c"),
        (None, {"SPRITE_TOKEN": "", "SPRITES_TOKEN": "c"}, "c"),
    ],
)
def test_where_the_token_comes_from(argument, environ, expected):
    """P33: the documented names are read."""
    assert _resolve(argument, environ=environ).token == expected


def test_a_missing_token_names_both_variables():
    """P33: a clear error otherwise."""
    with pytest.raises(ConfigurationError, match=r"SPRITE_TOKEN or SPRITES_TOKEN"):
        _resolve(None)


@pytest.mark.parametrize(
    "token", ["", " s3cret", "s3cret\n", "s3\x00cret", "s3\tcret", "s3crét", "Bearer s3cret", 7]
)
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token):
    with pytest.raises(ConfigurationError, match="token argument") as caught:
        _resolve(token)
    assert "s3" not in f"{caught.value} {caught.value!r}"
    assert caught.value.__context__ is None


def test_a_bad_token_in_a_variable_is_blamed_on_the_variable():
    with pytest.raises(ConfigurationError, match="SPRITES_TOKEN holds"):
        _resolve(None, environ={"SPRITES_TOKEN": "s3cret\n"})


def test_the_token_is_in_no_repr():
    settings = _resolve()
    assert "s3cret" not in f"{settings} {settings!r} {[settings]}"
    assert copy.deepcopy(settings) == settings


def test_settings_do_not_change():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        _resolve().token = "other"


@pytest.mark.parametrize(
    ("argument", "environ", "expected", "websocket"),
    [
        (None, {}, "https://api.sprites.dev", "wss://api.sprites.dev"),
        (None, {"SPRITES_API_URL": ""}, "https://api.sprites.dev", "wss://api.sprites.dev"),
        (None, {"SPRITES_API_URL": "http://[::1]:80/"}, "http://[::1]:80", "ws://[::1]:80"),
        ("http://127.0.0.1:1/", {"SPRITES_API_URL": "x"}, "http://127.0.0.1:1", "ws://127.0.0.1:1"),
        ("HTTPS://h.example/base//", {}, "https://h.example/base", "wss://h.example/base"),
        ("http://http.example", {}, "http://http.example", "ws://http.example"),
    ],
)
def test_where_the_base_url_comes_from(argument, environ, expected, websocket):
    settings = _resolve(base_url=argument, environ=environ)
    assert (settings.base_url, settings.websocket_url) == (expected, websocket)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "api.sprites.dev",
        "ftp://h",
        "ws://h",
        "http://",
        "http:///x",
        "http://:80",
        "http://h:port",
        "http://h:99999",
        "http://[::1",
        "http://h/?x=hunter2",
        "http://h/?",
        "http://h/#",
        "http://user:hunter2@h",
        "http://hunter2@h",
        "http://h /",
        "http://h\n",
        "http://hé",
        7,
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused_without_being_shown(url):
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        _resolve(base_url=url)
    assert "hunter2" not in f"{caught.value} {caught.value!r}"
    assert caught.value.__cause__ is None


def test_a_bad_url_in_the_variable_is_blamed_on_the_variable():
    with pytest.raises(ConfigurationError, match="SPRITES_API_URL"):
        _resolve(environ={"SPRITES_API_URL": "nowhere"})


@pytest.mark.parametrize("name", ["timeout", "stream_timeout"])
def test_timeouts(name):
    assert getattr(_resolve(**{name: 5}), name) == 5.0
    assert getattr(_resolve(**{name: None}), name) is None
    for value in (0, -1, float("nan"), float("inf"), True, "5"):
        with pytest.raises(ConfigurationError, match=f"^{name} must"):
            _resolve(**{name: value})


def test_the_defaults():
    settings = _resolve()
    assert (settings.timeout, settings.stream_timeout, settings.max_retries) == (30.0, 300.0, 2)


@pytest.mark.parametrize("value", [-1, 1.5, True, None, "2"])
def test_retries_are_counted(value):
    with pytest.raises(ConfigurationError, match="max_retries"):
        _resolve(max_retries=value)


_NEVER = [
    *("", ".", "..", "...", "/", "a/b", "../x", "a\\b", "a%2Fb", "%2e%2e", " a", "a ", "a b"),
    *("a\n", "a\x00", "\x7f", "a?x=1#", "ä", "\uff41", "a\u202eb", "\ud800", "a\u2028", "a" * 300),
]


@pytest.mark.parametrize("name", [*_NEVER, "-a", "a-", "a_b", "a.b", "a" * 64, None, 7, b"a"])
def test_what_is_no_sprite_name_is_refused(name):
    """P28, G5: `..` would delete `/v1`, and `a/b?x=1#` reach another route."""
    with pytest.raises(InvalidNameError, match="no sprite name") as caught:
        config.validate_sprite_name(name)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a", "7", "demo", "my-sprite", "My-Sprite", "a" * 63, "x--y"])
def test_what_is_a_sprite_name_is_returned(name):
    assert config.validate_sprite_name(name) == name


@pytest.mark.parametrize("checkpoint_id", [*_NEVER, "-v1", None, 1])
def test_what_is_no_checkpoint_id_is_refused(checkpoint_id):
    """P28, G5."""
    with pytest.raises(InvalidNameError, match="no checkpoint id"):
        config.validate_checkpoint_id(checkpoint_id)


@pytest.mark.parametrize("value", ["v0", "v12", "Current", "auto-2026-06-02T17:11:14Z", "cp_abc"])
def test_what_is_a_checkpoint_id_is_returned(value):
    assert config.validate_checkpoint_id(value) == value


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "/", "a/b", "a\\b", "%2e", "a\n", "\x00", "\ud800", "é" * 128, None, 7],
)
def test_what_cannot_be_one_segment_of_a_path_is_refused(value):
    """P28, G5: for names whose form is not documented."""
    with pytest.raises(InvalidNameError, match="is no service name: it must be printable"):
        config.validate_path_segment(value, "service name")


@pytest.mark.parametrize("value", ["web", "...", "a b", "a?b#c", "é" * 127, "1847"])
def test_what_can_be_one_segment_of_a_path_is_returned(value):
    assert config.validate_path_segment(value, "service name") == value


def test_a_token_in_the_place_of_a_name_is_not_shown():
    with pytest.raises(InvalidNameError) as caught:
        config.validate_sprite_name("my-org/12345/token-id/" + "s3cret" * 8)
    assert "s3cret" not in str(caught.value)
