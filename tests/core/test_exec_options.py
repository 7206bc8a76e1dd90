"""The options of commands, and what they come to on the wire."""

import re
import subprocess
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core import commands, operations
from sprites_facade._core.commands import (
    DEFAULT_ENVIRONMENT,
    duration,
    encode_query,
    signal_name,
    variables,
    words,
)
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.exec_options import plan_run, plan_start

SECRET = "hunter2"
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(texts, min_size=1).filter(lambda found: found[0]), st.dictionaries(texts, texts))
def test_words_and_variables_survive_the_query(args: list[str], env: dict[str, str]) -> None:
    """Whatever characters they are made of; a name without a text, or with `=`, is refused."""
    try:
        plan = plan_start(args, env=env, cwd="/ü&=?")
    except ConfigurationError:
        assert any(not name or "=" in name for name in env)
        return
    query = encode_query(operations.start_session("demo", **plan.params).params)
    found = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    assert found["cmd"] == args
    assert found["dir"] == ["/ü&=?"]
    assert dict(pair.split("=", 1) for pair in found["env"]) == {**DEFAULT_ENVIRONMENT, **env}


def test_a_file_name_that_is_no_text_survives() -> None:
    """It was decoded by Python in a way that can be undone."""
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    query = encode_query({"cmd": words(["cat", name])})
    assert unquote_to_bytes(query) == b"cmd=cat&cmd=caf\xe9"


@given(st.floats(0, 1e9))
def test_durations_are_written_as_go_reads_them(value: float) -> None:
    """Without an exponent, and exact to the nanosecond."""
    text = duration(value)
    assert re.fullmatch(r"\d+(\.\d{1,9})?s", text)
    assert float(text[:-1]) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("signal", [15, "TERM", "SIGTERM", "term", "sigterm"])
def test_spellings_of_a_signal(signal: int | str) -> None:
    """All are one."""
    assert signal_name(signal) == "TERM"


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"A": SECRET + "\0"}},
        {"env": {"A": SECRET.encode()}},
        {"env": {"A": f"{SECRET}\ud800"}},
        {"input": [SECRET]},
        {"stdin": SECRET},
        {"cwd": SECRET + "\0"},
        {"timeout": SECRET},
    ],
)
def test_no_message_repeats_a_value(options: Any) -> None:
    """It may be a secret, also where it makes no sense."""
    with pytest.raises(ConfigurationError) as caught:
        plan_run(["x"], **options)
    assert SECRET not in str(caught.value)


def test_no_repr_of_a_plan_shows_the_command() -> None:
    """It may end up in a traceback with locals."""
    assert SECRET not in repr(plan_run(["x", SECRET], env={"A": SECRET}, input=SECRET))


@pytest.mark.parametrize("plan", [plan_run, plan_start])
def test_what_is_no_option_of_their_own_is_passed_on(plan: Any) -> None:
    """Such as whether output is text."""
    assert plan(["x"], text=False, errors="strict", max_frame=9).codec.encoding is None


def test_the_numbers_are_those_of_subprocess() -> None:
    """So its constants can be used."""
    ours = (commands.PIPE, commands.STDOUT, commands.DEVNULL)
    assert ours == (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("env", "tty", "expected"),
    [
        (None, False, None),
        ({}, False, DEFAULT_ENVIRONMENT),
        ({}, True, {**DEFAULT_ENVIRONMENT, "TERM": "xterm-256color"}),
        ({"TERM": "dumb"}, True, {**DEFAULT_ENVIRONMENT, "TERM": "dumb"}),
    ],
)
def test_environments(env: dict[str, str] | None, tty: bool, expected: Any) -> None:
    """None leaves the sprite's own alone; everything else is added to the usual one."""
    found = variables(env, tty=tty)
    assert (found and dict(pair.split("=", 1) for pair in found)) == expected
