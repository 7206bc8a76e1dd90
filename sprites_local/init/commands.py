"""The commands of a sprite: how PID 1 starts one, and what it keeps of it.

Part of PID 1, see `pid1`: it runs inside the sprite and needs the standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import signal
import struct
import sys
import termios

TYPE_CHECKING = False  # a type checker knows better; the module `typing` costs 4 ms of each boot
if TYPE_CHECKING:
    from typing import Any

TERMINAL_GROUP = 5
FAILURE = struct.Struct("iB")
STAGES = ("setup", "cwd", "program")
SETUP, CWD, PROGRAM = range(len(STAGES))
PR_SET_DUMPABLE = 4
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38
MAX_CAPABILITIES = 64
CHANGEABLE = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
NO_PROCESS = {errno.EAGAIN, errno.ENOMEM}
SPAWNS = sys.platform == "linux"
"""Whether the C library can start a program in a session of its own."""


class NotStartedError(Exception):
    """A command could not be started: the number of the error, and the stage that failed."""

    def __init__(self, number: int, stage: int) -> None:
        super().__init__(number, stage)
        self.number = number
        self.stage = stage


class Session:
    """A command and our copies of the host's ends of its streams."""

    def __init__(self, key: str, pid: int, ends: dict[str, int]) -> None:
        self.key = key
        self.pid = pid
        self.ends = ends
        self.code: int | None = None
        self.started = False
        self.note = ""

    def describe(self) -> dict[str, Any]:
        """Return what the host may know."""
        return {"id": self.key, "pid": self.pid, "code": self.code, "ends": list(self.ends)}

    def close(self) -> None:
        """Close all ends."""
        for end in self.ends.values():
            os.close(end)
        self.ends.clear()


def make_streams(request: dict[str, Any]) -> tuple[tuple[int, int, int], dict[str, int]]:
    """Make a terminal or three pipes; return the command's ends and the host's."""
    uid, gid = int(request["uid"]), int(request["gid"])
    if request.get("tty"):
        terminal, line = os.openpty()
        set_size(terminal, request["tty"])
        if uid != os.geteuid():
            os.fchown(line, uid, TERMINAL_GROUP)
        return (line, line, line), {"terminal": terminal}
    (in_r, in_w), (out_r, out_w), (err_r, err_w) = (os.pipe() for _ in range(3))
    if uid != os.geteuid():
        for fd in (in_r, out_w, err_w):
            os.fchown(fd, uid, gid)  # so that the command may open /dev/stdout again
    ends = {"stdin": in_w, "stdout": out_r, "stderr": err_r}
    if not request.get("stdin", True):
        os.close(ends.pop("stdin"))
    return (in_r, out_w, err_w), ends


def send_signal(pid: int, number: int) -> None:
    """Signal a command's group; one that has just been forked has none yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def set_size(terminal: int, size: list[int]) -> None:
    """Set rows and columns."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(size[0]), int(size[1]), 0, 0))


@functools.cache
def prctl() -> Any:
    """Return the C library's `prctl`; None where Python cannot call it."""
    try:
        import ctypes  # noqa: PLC0415 - it costs 2 ms, and 1 MB, where it is needed

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


def can_launch(request: dict[str, Any]) -> bool:
    """Tell whether `launch` can start a command."""
    more = request.get("tty") or request.get("withdraw")
    same = int(request["uid"]) == os.geteuid()
    return SPAWNS and not more and (same or prctl() is not None)


def launch(request: dict[str, Any], child: tuple[int, int, int]) -> int:
    """Start a command and return its number once its program runs; see docs/adr/0017.

    Not by a fork: a copy of an interpreter costs more than most commands take. The C library
    starts the program from our own memory while we stand still, as the user that we are by then.
    """
    own = os.geteuid(), os.getegid(), os.getgroups()
    user = int(request["uid"]), int(request["gid"]), [int(request["gid"])]
    changes = user[0] != own[0]  # without root there is nobody else to become
    stage = SETUP
    try:
        if changes:
            become(*user)
        stage = CWD
        os.chdir(request["cwd"])
        stage = PROGRAM
        return find_and_start(request["argv"], request["env"], child)
    except OSError as error:
        number = error.errno or errno.EIO
        raise NotStartedError(number, SETUP if number in NO_PROCESS else stage) from None
    finally:
        os.chdir("/")
        if changes:
            return_to(*own)


def become(uid: int, gid: int, groups: list[int]) -> None:
    """Be somebody else; a program that is started is so for good, we can go back."""
    if min(uid, gid) < 0:
        raise OSError(errno.EINVAL, "no id")
    os.setgroups(groups)
    os.setresgid(gid, gid, -1)
    os.setresuid(uid, uid, -1)


def return_to(uid: int, gid: int, groups: list[int]) -> None:
    """Be ourselves again, and visible again: whoever changes ids is hidden, from CRIU too."""
    os.setresuid(uid, uid, -1)
    os.setresgid(gid, gid, -1)
    os.setgroups(groups)
    prctl()(PR_SET_DUMPABLE, 1, 0, 0, 0)


def find_and_start(argv: list[str], environment: dict[str, str], child: tuple[int, ...]) -> int:
    """Start the first program of the name in the command's PATH that can be run."""
    program = argv[0]
    if "/" in program:
        return start(program, argv, environment, child)
    refusal: OSError = FileNotFoundError(errno.ENOENT, program)
    for directory in environment.get("PATH", os.defpath).split(os.pathsep):
        place = os.path.join(directory, program)  # noqa: PTH118 - pathlib costs 5 ms of each boot
        try:
            os.stat(place)  # noqa: PTH116 - an attempt to start costs more than a look
            return start(place, argv, environment, child)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            refusal = error if isinstance(refusal, FileNotFoundError) else refusal
    raise refusal


def start(place: str, argv: list[str], environment: dict[str, str], child: tuple[int, ...]) -> int:
    """Start a program in a session of its own, with its streams and nothing else of ours."""
    return os.posix_spawn(
        place,
        argv,
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(child)],
        setsid=True,
        setsigdef=CHANGEABLE,
        setsigmask=(),
    )


def fork(request: dict[str, Any], child: tuple[int, int, int], session: Session) -> int:
    """Start a command that has to do more than the C library can: take a terminal, or lose rights.

    Returns:
        A pipe that tells what failed, and is closed when the program begins.
    """
    report, tell = os.pipe()
    try:
        session.pid = os.fork()
        if session.pid == 0:
            turn_into(request, child, tell)
    except BaseException:
        os.close(report)
        raise
    finally:
        os.close(tell)
    return report


def turn_into(request: dict[str, Any], child: tuple[int, int, int], tell: int) -> None:
    """Turn this forked process into the command; tell what went wrong, never return."""
    stage = SETUP
    try:
        signal.set_wakeup_fd(-1)
        for number in CHANGEABLE:
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        if request.get("tty"):
            fcntl.ioctl(child[0], termios.TIOCSCTTY, 0)
        for target, fd in enumerate(child):
            os.dup2(fd, target, inheritable=True)
        if request.get("withdraw"):
            withdraw(request["withdraw"])
        if int(request["uid"]) != os.geteuid():  # without root there is nobody else to become
            os.setgroups([int(request["gid"])])
            os.setgid(int(request["gid"]))
            os.setuid(int(request["uid"]))
        stage = CWD
        os.chdir(request["cwd"])
        stage = PROGRAM
        argv, environment = request["argv"], request["env"]
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - no shell is meant
    except OSError as error:
        os.write(tell, FAILURE.pack(error.errno or errno.EIO, stage))
    except BaseException:  # noqa: BLE001 - this copy of PID 1 must end here
        os.write(tell, FAILURE.pack(errno.EINVAL, stage))
    finally:
        os._exit(127)


def withdraw(rights: list[str]) -> None:
    """Give up rights for good, in a forked process that is still root; OSError if one stays."""
    import ctypes  # noqa: PLC0415 - only here, because each boot would pay for it

    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    steps = []
    if "new privileges" in rights:
        steps.append((PR_SET_NO_NEW_PRIVS, 1))
    if "capabilities" in rights:
        # No program can give one back after this, and none is kept when the next one begins.
        present = [n for n in range(MAX_CAPABILITIES) if control(PR_CAPBSET_READ, n, 0, 0, 0) == 1]
        steps += [(PR_CAPBSET_DROP, number) for number in present]
    for option, argument in steps:
        if control(option, argument, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
