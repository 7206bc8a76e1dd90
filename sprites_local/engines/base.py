"""The one interface between the server and whatever runs a sprite.

A tier (`full`, `rootless`, `portable`) is one implementation of `Engine`. The server above it
knows names, comments, history and the wire; an engine knows a sprite by its stable id and a
checkpoint by its id, and keeps files and processes, nothing else. All methods may be called
concurrently for different sprites; for one sprite the server holds that sprite's lock around
everything that changes its life (start, stop, checkpoint, restore, destroy).
"""

from __future__ import annotations

import builtins
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from attrs import frozen

ProcessState = Literal["saved", "refused", "none"]
Right = Literal["new privileges", "capabilities"]
"""What can be taken from commands: to become more than they are, and what is left of being root."""


class EngineError(Exception):
    """The engine could not do what was asked; the text is fit for a client's eyes."""


class EngineUnavailableError(EngineError):
    """This machine cannot run the tier; the text says what is missing and how to get it."""


class CommandNotFoundError(EngineError):
    """The program of a command does not exist inside the sprite, or cannot be executed."""


@frozen
class Capabilities:
    """What a tier does on this machine, as measured by trying it."""

    tier: str
    files: str
    """How a checkpoint keeps files, in words: `btrfs snapshot`, `content-addressed copies`."""
    processes: bool
    """Whether a restore can bring processes back."""
    isolation: tuple[str, ...]
    """What separates a sprite from the host: namespaces and limits, by name. Empty: nothing."""
    network: Literal["enforced", "closed", "open"] = "closed"
    """What a sprite reaches: what its policy allows; nothing; whatever this machine reaches."""
    hints: tuple[str, ...] = ()
    """What to do on this machine for more, a sentence each."""
    withdrawable: tuple[Right, ...] = ()
    """What `withdraw` takes from commands, or what they never have."""


@frozen
class Command:
    """A program to start inside a sprite."""

    argv: tuple[str, ...]
    """The program and its arguments; the program is searched in the PATH of `env`."""
    env: Mapping[str, str]
    """The complete environment, not an addition."""
    cwd: str
    user: Literal["sprite", "root"] = "sprite"
    tty: tuple[int, int] | None = None
    """Rows and columns of a terminal, or None for pipes."""
    withdrawn: tuple[Right, ...] = ()
    """What it may not do; the engine's to set."""
    stdin: bool = True
    """Whether there is standard input to write to; without it, its end comes at once."""

    note: str = ""
    """What `Process.note` is to be for a server that adopts the process; 64 KiB at most."""


@frozen
class Saved:
    """What a checkpoint holds."""

    processes: ProcessState
    reason: str = ""
    """Why processes were refused or not asked for."""


@frozen
class Restored:
    """What a restore brought back."""

    processes: ProcessState
    reason: str = ""


@frozen
class FileInfo:
    """One directory entry, not following a final symbolic link unless asked to."""

    path: str
    """Absolute inside the sprite."""
    name: str
    type: Literal["file", "directory", "symlink", "other"]
    size: int
    mode: int
    """Permission bits only."""
    mtime_ns: int
    uid: int
    gid: int


@frozen
class Listener:
    """A TCP port on which a process of a sprite accepts connections."""

    port: int
    address: str
    pid: int
    """A process that holds it, as seen inside the sprite; 0 when that cannot be told."""
    inode: int
    """Tells it from a later one of the same address."""


class Process(Protocol):
    """A running or finished command. The engine keeps its ends open; the host holds copies."""

    pid: int
    """As seen inside the sprite."""

    note: str
    """That of its command, once another server has adopted it, and only as true as the sprite."""

    @property
    def returncode(self) -> int | None:
        """The exit code, 128+n for a process ended by signal n, None while it runs."""

    def stdout(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield `(stream, data)` in arrival order until both outputs ended: 1 stdout, 2 stderr.

        Ends soon after the exit too, if somebody whom the command left behind keeps them open.
        With a terminal all output is stream 1. May be iterated once.
        """

    async def write(self, data: bytes) -> None:
        """Write to standard input, waiting while it is full; data for a gone reader is dropped."""

    async def close_stdin(self) -> None:
        """Give the command the end of its standard input; harmless when repeated."""

    async def wait(self) -> int:
        """Wait for the exit and return the code."""

    async def signal(self, number: int) -> None:
        """Send a signal to the command's process group; harmless when it is gone."""

    async def resize(self, rows: int, cols: int) -> None:
        """Set the terminal's size; ignored without a terminal."""

    def terminal_size(self) -> tuple[int, int] | None:
        """Return the terminal's rows and columns; None without a terminal."""


class Files(Protocol):
    """File operations inside a sprite, by absolute path, as the user `sprite` or as root.

    Paths are resolved inside the sprite's root whatever `..` and symbolic links say. Failures are
    `OSError` with the errno that the kernel gave.
    """

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        """Describe one path."""

    async def list(self, path: str) -> list[FileInfo]:
        """Describe the entries of a directory, sorted by name; links are not followed."""

    async def open(self, path: str, flags: int, mode: int = 0o644) -> int:
        """Open a regular file and return a descriptor of the server's own."""

    async def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Create one directory."""

    async def remove(self, path: str, *, recursive: bool = False) -> builtins.list[str]:
        """Delete a file, a link, an empty directory or, recursively, a tree; list what went."""

    async def rename(self, source: str, dest: str) -> None:
        """Rename within the sprite, replacing a file at `dest`."""

    async def chmod(self, path: str, mode: int) -> None:
        """Set permission bits."""

    async def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group; -1 leaves one as it is."""

    async def open_watch(self) -> int:
        """Open a descriptor of the server's own for notices of changes; once per object."""

    async def add_watch(self, watch: int, path: str, mask: int) -> int:
        """Ask for notices about a directory, as `inotify.add` does, and return their number."""


class Engine(Protocol):
    """Runs sprites on this machine."""

    async def open(self) -> None:
        """Prepare the data directory; raise EngineUnavailableError where the tier cannot run."""

    async def close(self) -> None:
        """Stop every process and release mounts, loop devices and cgroups; files stay."""

    def capabilities(self) -> Capabilities:
        """Say what this tier does here; valid after `open`."""

    async def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Bring the data directory in line with the server's records, once, after `open`.

        `sprites` maps each known sprite id to the ids of its complete checkpoints. Whatever else
        is found (half-made checkpoints, half-deleted sprites, stale processes) is removed; a
        restore that was interrupted is completed. Sprites that outlived a server which was killed
        are adopted, and `sessions` has their commands.
        """

    # `hostname` came later and is optional: what the sprite calls itself, normally its name.
    async def create(self, sprite: str, *, hostname: str | None = None) -> None:
        """Make a sprite's files from the base system; no process is started."""

    async def destroy(self, sprite: str) -> None:
        """Stop and delete a sprite with all its checkpoints."""

    async def start(self, sprite: str) -> None:
        """Boot a sprite; nothing happens when it runs already."""

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite; nothing happens when it does not run."""

    def is_running(self, sprite: str) -> bool:
        """Tell whether a sprite is booted."""

    async def pause(self, sprite: str) -> bool:
        """Let the processes of a booted sprite stand still, and tell whether they do.

        False where the tier cannot: then nothing has changed. Nothing else is asked of a paused
        sprite before `resume`, but to be stopped.
        """

    async def resume(self, sprite: str) -> None:
        """Let a paused sprite run on; nothing happens when it is not paused."""

    async def spawn(self, sprite: str, command: Command) -> Process:
        """Start a command in a booted sprite; raise CommandNotFoundError if it cannot start."""

    def files(self, sprite: str, *, as_root: bool = False) -> AbstractAsyncContextManager[Files]:
        """Open the file operations of a booted sprite."""

    async def connect(self, sprite: str, host: str, port: int) -> socket.socket:
        """Open a TCP connection from inside a booted sprite's network; it does not block.

        Raises:
            OSError: If it cannot be opened, with the errno that the kernel gave.
        """

    async def listen(self, sprite: str, path: str) -> socket.socket | None:
        """Put a listening Unix socket at a path inside a booted sprite, open to everybody in it.

        None where a sprite has no root of its own. No process in the sprite holds it.
        """

    async def listeners(self, sprite: str, known: Collection[Listener] = ()) -> list[Listener]:
        """List the ports that processes of a booted sprite listen on.

        What an earlier call returned may be given as `known`, and is not examined again.
        """

    async def ended(self, sprite: str) -> None:
        """Wait until a booted sprite, in its present life, has stopped."""

    async def limit_memory(self, sprite: str, limit: int | None) -> None:
        """Bound a sprite's memory in bytes, now and whenever it runs, where the tier can.

        None is the bound of every sprite, which no other one exceeds.
        """

    async def limit_network(self, sprite: str, rules: Sequence[Mapping[str, str]]) -> None:
        """Restrict what a sprite reaches, now and whenever it runs, where the tier can.

        `rules` are those of a network policy; without any nothing is restricted. Connections that
        are not allowed any more are cut.
        """

    async def withdraw(self, sprite: str, rights: Collection[Right]) -> None:
        """Take rights from whatever is started in a sprite from now on, where the tier can.

        What runs keeps what it has. Nothing is the rule of every sprite.
        """

    async def checkpoint(
        self, sprite: str, checkpoint: str, *, still: Callable[[], None] | None = None
    ) -> Saved:
        """Keep files (and processes, where the tier can) of one instant under an unused id.

        Durable on return. A running sprite runs on undisturbed. Where processes are kept, `still`
        is called at that instant: nothing runs then, and what commands have written is either
        read or part of the checkpoint.
        """

    async def restore(self, sprite: str, checkpoint: str) -> Restored:
        """Put the sprite back to a checkpoint: end its processes, exchange its files, boot it.

        Where processes are brought back it runs on from the checkpoint instead of booting, and
        `sessions` has its commands.
        """

    async def sessions(self, sprite: str) -> list[Process]:
        """Return the commands that a restore brought back, or that were adopted with a sprite."""

    async def show(self, sprite: str, checkpoints: Collection[str]) -> None:
        """Show the files of these checkpoints, and of no others, inside a booted sprite.

        Read-only, at `/.sprite/checkpoints/<id>`, for this life of the sprite. May be repeated.
        Nothing happens on tiers whose checkpoints are no trees of files.
        """

    async def delete_checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Delete a checkpoint; one that is not there is no error."""
