"""The tree of errors."""

import builtins
import copy
import errno
import inspect
import pickle

import pytest

import sprites_facade._core.stream
from sprites_facade._core import errors
from sprites_facade._core.errors import SpritesError
from sprites_facade._core.events import StreamMessage

_VALUES = {
    "text": "it went wrong",
    "method": "GET",
    "path": "/v1/sprites/demo",
    "request_id": "req-1",
    "sent": False,
    "status": 409,
    "code": "ENOTEMPTY",
    "message": "busy",
    "retry_after": 1.5,
    "body": {"error": ["busy", 1]},
    "line": 3,
    "offset": 40,
    "sample": "garbage",
    "messages": (StreamMessage("error", error="no", raw={"type": "error", "n": [1]}),),
    "returncode": 7,
    "stdout": b"out",
    "stderr": "err",
    "timeout": 2.0,
}


def _subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _ours():
    found = {SpritesError, *_subclasses(SpritesError)}
    return sorted(
        (cls for cls in found if cls.__module__.startswith("sprites_facade._core.errors")),
        key=lambda cls: cls.__name__,
    )


def _make(cls):
    names = inspect.signature(cls).parameters
    return cls(**{name: _VALUES[name] for name in names})


@pytest.mark.parametrize("cls", _ours())
@pytest.mark.parametrize(
    "duplicate", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy]
)
def test_every_error_survives_pickling_and_copying_whole(cls, duplicate):
    error = _make(cls)
    error.add_note("while testing")
    other = duplicate(error)
    assert type(other) is cls
    assert str(other) == str(error) == "it went wrong"
    assert other.args == error.args
    assert other.__dict__ == error.__dict__
    assert other.__notes__ == ["while testing"]
    for name in ("errno", "strerror", "filename"):
        assert getattr(other, name, None) == getattr(error, name, None)


@pytest.mark.parametrize("cls", _ours())
def test_every_attribute_is_documented_and_kept(cls):
    error = _make(cls)
    for name in inspect.signature(cls).parameters:
        if name != "text":
            assert getattr(error, name) == _VALUES[name]


def test_every_error_is_exported_and_in_the_tree_of_the_documentation():
    names = {cls.__name__ for cls in _ours()}
    assert names <= set(errors.__all__)
    assert all(name in errors.__doc__ for name in names)


def test_no_error_has_the_name_of_a_builtin():
    assert not [cls for cls in _ours() if hasattr(builtins, cls.__name__)]


@pytest.mark.parametrize(
    ("cls", "parent"),
    [
        (errors.ConfigurationError, ValueError),
        (errors.InvalidNameError, errors.ConfigurationError),
        (errors.APITimeoutError, TimeoutError),
        (errors.APITimeoutError, errors.APIConnectionError),
        (errors.CommandTimeoutError, TimeoutError),
        (errors.FileSystemError, OSError),
        (errors.SpriteFileNotFoundError, FileNotFoundError),
        (errors.SpriteFileExistsError, FileExistsError),
        (errors.SpriteIsADirectoryError, IsADirectoryError),
        (errors.SpriteNotADirectoryError, NotADirectoryError),
        (errors.SpritePermissionError, PermissionError),
    ],
)
def test_clauses_written_for_the_builtin_catch_ours(cls, parent):
    assert issubclass(cls, parent)
    assert issubclass(cls, SpritesError)


def test_a_file_error_looks_like_the_one_of_a_local_file():
    error = errors.SpriteFileNotFoundError("no such file: '/x'", code="ENOENT", path="/x")
    assert (error.errno, error.filename, error.path) == (errno.ENOENT, "/x", "/x")
    assert str(error) == "no such file: '/x'"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ENOENT", "SpriteFileNotFoundError"),
        ("EEXIST", "SpriteFileExistsError"),
        ("EISDIR", "SpriteIsADirectoryError"),
        ("ENOTDIR", "SpriteNotADirectoryError"),
        ("EACCES", "SpritePermissionError"),
        ("EPERM", "SpritePermissionError"),
        ("ENOTEMPTY", "FileSystemError"),
        ("EINVAL", "FileSystemError"),
        ("EIO", "FileSystemError"),
    ],
)
def test_the_code_of_a_file_error_chooses_the_class(code, name):
    cls = errors.filesystem_error_class(code)
    assert cls.__name__ == name
    assert cls("no", code=code).errno == getattr(errno, code)


def test_the_path_of_a_request_loses_its_query():
    """The query of an exec holds environment values."""
    error = errors.APIConnectionError("no", method="POST", path="/v1/x/exec?env=KEY%3Dhunter2")
    assert error.path == "/v1/x/exec"
    assert "hunter2" not in repr(error) + str(error.__dict__)


def test_the_output_of_a_command_is_no_part_of_the_message():
    """Commands print secrets."""
    failed = errors.CommandFailedError(returncode=7, stdout="hunter2", stderr=b"hunter2")
    late = errors.CommandTimeoutError(timeout=2.0, stdout="hunter2", stderr="hunter2")
    assert "7" in str(failed)
    assert "2.0 s" in str(late)
    assert "hunter2" not in f"{failed} {failed!r} {late} {late!r}"


def test_an_operation_keeps_the_last_hundred_messages():
    messages = [StreamMessage("info", str(number)) for number in range(250)]
    error = errors.OperationFailedError("no", messages=messages)
    assert error.messages == tuple(messages[-100:])
    assert sprites_facade._core.stream.KEPT_MESSAGES == 100
