"""The options of commands: their types, and what they come to."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from os import PathLike
from typing import IO, Any, Final, Protocol, TypeAlias, TypedDict

import attrs

from sprites_facade._core.calls import given
from sprites_facade._core.commands import (
    DEVNULL,
    PIPE,
    STDOUT,
    InSprite,
    Words,
    duration,
    encoded,
    folder,
    seconds,
    variables,
    window,
    words,
)
from sprites_facade._core.config import whole_number
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.exec_protocol import ERR, OUT
from sprites_facade._core.output import Codec, Sink

# Options that people know from `subprocess`.
_INSTEAD: Final[Mapping[str, str]] = {
    "capture_output": "; output is kept unless stdout= or stderr= say otherwise",
    "input": "; give it to run(), or to communicate()",
    "shell": "; a text is run by a shell, and a list is not",
    "timeout": "; give it to run(), wait() or communicate()",
    "universal_newlines": "; use text=",
}
DEFAULT_MAX_FRAME: Final = 256 * 1024 * 1024


class Readable(Protocol):
    """A file to read from, of text or of bytes; `read` may be a coroutine function."""

    def read(self, size: int, /) -> Any:
        """Return so much, less at the end."""


Source: TypeAlias = (
    Readable | Iterable[str] | Iterable[bytes] | AsyncIterable[str] | AsyncIterable[bytes]
)
"""Where the input of a command comes from."""
Target: TypeAlias = IO[str] | IO[bytes] | Callable[[str], object] | Callable[[bytes], object] | int
"""Where the output of a command goes: a file, a function, or a constant of `subprocess`."""


class AttachOptions(TypedDict, total=False):
    """What can be chosen for the output of a command, and for the connection to it.

    Attributes:
        stdout: Where output goes as it arrives, instead of being kept: a file, a function, or
            `subprocess.DEVNULL`.
        stderr: The same for error output; `subprocess.STDOUT` joins it to the output.
        encoding: How text is encoded; `utf-8` if left out.
        errors: What to do with bytes that are no text; `replace` if left out, `strict` raises.
        size: The columns and rows of a terminal.
        max_frame: How large one message of the server may be, in bytes; 256 MiB if left out, None
            is no bound.
    """

    stdout: Target | None
    stderr: Target | None
    encoding: str
    errors: str
    size: tuple[int, int] | None
    max_frame: int | None


class StartOptions(AttachOptions, total=False):
    """What can be chosen for a command, beside what `AttachOptions` has.

    Attributes:
        cwd: The working directory; a relative one begins at the home of the sprite's user, which
            it is if left out.
        env: Environment variables to set, beside usual ones such as `PATH` and `HOME`.
        replace_env: Whether `env` is all of the environment; it is not if left out.
        stdin: A file or an iterable to read the input from, or a constant of `subprocess`.
        tty: Whether to give the command a terminal.
        max_run_after_disconnect: For how many seconds the command may go on without a connection;
            0 is for ever. If left out, the server's choice: for ever with a terminal, else 10 s.
    """

    cwd: str | PathLike[str] | InSprite | None
    env: Mapping[str, str] | None
    replace_env: bool
    stdin: Source | int | None
    tty: bool
    max_run_after_disconnect: float | None


class RunOptions(StartOptions, total=False):
    """What can be chosen for a command that is waited for, beside what `StartOptions` has.

    Attributes:
        input: What the command reads from its standard input; nothing if left out.
        timeout: How many seconds the command has, from the call on, the connection included; None
            is no bound.
        check: Whether another exit status than 0 is an error.
    """

    input: str | bytes | None
    timeout: float | None
    check: bool


@attrs.frozen(kw_only=True)
class Plan:
    """What the options come to."""

    codec: Codec
    params: dict[str, Any] = attrs.field(factory=dict, repr=False)
    """The query, by the names of the generated builder."""
    sinks: Mapping[int, Sink] = attrs.field(factory=dict, repr=False)
    merge: bool = False
    tty: bool = False
    source: Any = attrs.field(default=None, repr=False)
    """What to send as input; None for a pipe that the caller writes to, or for no input."""
    has_input: bool = True
    max_frame: int | None = DEFAULT_MAX_FRAME
    timeout: float | None = None
    check: bool = False

    @property
    def readable(self) -> frozenset[int]:
        """The streams that are kept for readers."""
        kept = {OUT, ERR} - self.sinks.keys()
        return frozenset(kept - {ERR} if self.merge or self.tty else kept)


def plan_run(
    args: Words,
    *,
    input: str | bytes | None = None,
    timeout: float | None = None,
    check: bool = False,
    stdin: Source | int | None = None,
    **options: Any,
) -> Plan:
    """Return what to do for a command that is waited for.

    Raises:
        ConfigurationError: If it cannot be done.
    """
    if input is not None and stdin is not None:
        raise ConfigurationError("input and stdin are two ways to say the same; give one")
    if stdin == PIPE:
        raise ConfigurationError("run() cannot be written to; use start() for a pipe")
    if input is not None:
        encoding = options.get("encoding", "utf-8")
        stdin = [encoded(input, encoding)]
    elif stdin is None and not options.get("tty"):
        stdin = DEVNULL
    plan = plan_start(args, stdin=stdin, **options)
    if timeout is None and not check:
        return plan
    return attrs.evolve(plan, timeout=seconds(timeout, "timeout"), check=check)


def plan_start(
    args: Words,
    *,
    cwd: str | PathLike[str] | InSprite | None = None,
    env: Mapping[str, str] | None = None,
    replace_env: bool = False,
    stdin: Source | int | None = None,
    tty: bool = False,
    size: tuple[int, int] | None = None,
    max_run_after_disconnect: float | None = None,
    **options: Any,
) -> Plan:
    """Return what to do for a command; raises ConfigurationError if it cannot be done."""
    command = words(args)
    if size is not None and not tty:
        raise ConfigurationError("a size is that of a terminal: ask for one by tty=True")
    limit = seconds(max_run_after_disconnect, "max_run_after_disconnect")
    params = {
        "cmd": command,
        # The official clients always send the next three; servers differ in their defaults.
        "path": command[0],
        "tty": tty,
        "stdin": stdin != DEVNULL,
        "env": given(variables(env, replace=replace_env, tty=tty)),
        "dir_": given(folder(cwd)),
        "max_run_after_disconnect": given(None if limit is None else duration(limit)),
    }
    output = plan_attach(size=size, **options)
    # Every field by hand: each command passes here, and copying a value costs more than making it.
    return Plan(
        codec=output.codec,
        params={**params, **(output.params if tty else {})},
        sinks=output.sinks,
        merge=output.merge,
        tty=tty,
        source=_source(stdin),
        has_input=stdin != DEVNULL,
        max_frame=output.max_frame,
    )


def plan_attach(
    *,
    text: bool = True,
    encoding: str = "utf-8",
    errors: str = "replace",
    stdout: Target | None = None,
    stderr: Target | None = None,
    size: tuple[int, int] | None = None,
    max_frame: int | None = DEFAULT_MAX_FRAME,
    **unknown: Any,
) -> Plan:
    """Return what to do with a command that runs; raises ConfigurationError if it cannot be."""
    for name in unknown:
        raise TypeError(f"commands have no option {name!r} here{_INSTEAD.get(name, '')}")
    if max_frame is not None:
        whole_number(max_frame, "max_frame", least=1)
    if stdout == STDOUT:
        raise ConfigurationError("stdout cannot be joined to itself")
    codec = Codec.choose(text=text, encoding=encoding, errors=errors)
    merge = stderr == STDOUT
    targets = {OUT: stdout, ERR: None if merge else stderr}
    columns, rows = window(size) if size is not None else (None, None)
    return Plan(
        codec=codec,
        params={"cols": given(columns), "rows": given(rows)},
        sinks={
            stream: Sink(_drop if target == DEVNULL else target, codec)
            for stream, target in targets.items()
            if target is not None and target != PIPE
        },
        merge=merge,
        max_frame=max_frame,
    )


def is_plain(plan: Plan) -> bool:
    """Tell whether a command needs nothing of a connection but its output and its end.

    Input is left out because it may be under way still when the command has ended.
    """
    usual = plan.max_frame == DEFAULT_MAX_FRAME and not plan.tty and not plan.has_input
    return usual and not plan.params.get("max_run_after_disconnect")


def _source(stdin: Source | int | None) -> Any:
    if stdin is None or stdin in (PIPE, DEVNULL):
        return None
    if isinstance(stdin, str | bytes):
        raise ConfigurationError("stdin is a file or an iterable; pass text or bytes as input")
    if not any(hasattr(stdin, name) for name in ("read", "__iter__", "__aiter__")):
        raise ConfigurationError("stdin is a file, an iterable, or a constant of subprocess")
    return stdin


def _drop(_: object) -> None:
    """Take output that nobody wants."""
