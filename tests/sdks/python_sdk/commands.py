"""Commands: outcomes, input, terminals, sessions."""

import contextlib
import hashlib
import io
import os
import threading

from sprites.exceptions import ExitError
from sprites.session import kill_session


class _Sink(io.BytesIO):
    """Collects output and tells when a word came."""

    def __init__(self, word):
        super().__init__()
        self._word = word
        self._came = threading.Event()

    def write(self, data):
        super().write(data)
        if self._word in self.getvalue():
            self._came.set()
        return len(data)

    def wait(self):
        if not self._came.wait(10):
            raise TimeoutError(self.getvalue())


class _Background:
    """A command that runs in a thread of its own."""

    def __init__(self, command):
        self._command = command
        self._code = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self._command.run()
        except ExitError as error:
            self._code = error.exit_code()
        else:
            self._code = 0

    def code(self):
        self._thread.join(10)
        return self._code


def outcomes(client, sprite):
    done = sprite.run("sh", "-c", "echo out; echo err >&2; exit 3", capture_output=True)
    try:
        sprite.run("false", check=True)
    except ExitError as error:
        checked = error.exit_code()
    return {
        "streams": [done.returncode, done.stdout.decode(), done.stderr.decode()],
        "checked": checked,
        "signal": sprite.run("sh", "-c", "kill -TERM $$").returncode,
        "missing": sprite.run("no-such-program").returncode,
        "words": sprite.command("printf", "%s|", "a b", "", "$HOME", "é", "'\"").output().decode(),
    }


def surroundings(client, sprite):
    command = sprite.command(
        "sh", "-c", "echo $A; pwd", env={"A": "x=y z", "PATH": "/bin:/usr/bin"}, cwd="/tmp"
    )
    default = sprite.run("sh", "-c", "pwd; id -un", capture_output=True).stdout.decode()
    return {"given": command.output().decode(), "default": default}


def large_output(client, sprite):
    done = sprite.run("sh", "-c", "yes 0123456789 | head -c 3000000", capture_output=True)
    expected = (b"0123456789\n" * 300_000)[:3_000_000]
    return {
        "size": len(done.stdout),
        "same": hashlib.sha256(done.stdout).digest() == hashlib.sha256(expected).digest(),
    }


def input_to_its_end(client, sprite):
    data = os.urandom(300_000)
    out = io.BytesIO()
    sprite.command("cat", stdin=io.BytesIO(data), stdout=out).run()
    return {"same": out.getvalue() == data, "none": sprite.run("cat").returncode}


def terminal(client, sprite):
    command = sprite.command(
        "sh", "-c", "stty size; echo e >&2; exit 3", tty=True, tty_rows=30, tty_cols=100
    )
    with _failing() as failed:
        command.output()
    done = sprite.run("sh", "-c", "exit 0", tty=True)
    return {"output": failed.output, "code": failed.code, "fine": done.returncode}


class _failing:
    """Expects an exit code that is not zero."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.code, self.output = error.exit_code(), error.stdout.decode()
        return isinstance(error, ExitError)


def _keyboard(stack):
    read, write = os.pipe()
    stdin = stack.enter_context(os.fdopen(read, "rb", buffering=0))
    return stdin, stack.enter_context(os.fdopen(write, "wb", buffering=0))


def sessions(client, sprite):
    script = "echo ready; read word; echo got $word; exit 5"
    with contextlib.ExitStack() as stack:
        stdin, _ = _keyboard(stack)
        sink = _Sink(b"ready")
        first = _Background(sprite.command("sh", "-c", script, tty=True, stdin=stdin, stdout=sink))
        sink.wait()
        (session,) = sprite.list_sessions()
        again = _Sink(b"ready")
        attached = sprite.attach_session(session.id)
        # Without input the SDK may send its end to a terminal, before it knows that it is one.
        attached.stdin, keyboard = _keyboard(stack)
        attached.stdout = again
        second = _Background(attached)
        again.wait()
        keyboard.write(b"hello\n")
        codes = [first.code(), second.code()]
    return {
        "listed": [session.tty, session.is_active, "echo ready" in session.command],
        "codes": codes,
        "outputs": [b"got hello" in one.getvalue() for one in (sink, again)],
        "left": len(sprite.list_sessions()),
    }


def killed(client, sprite):
    sink = _Sink(b"ready")
    background = _Background(sprite.command("sh", "-c", "echo ready; exec sleep 60", stdout=sink))
    sink.wait()
    (session,) = sprite.list_sessions()
    events = list(kill_session(sprite, session.id, "SIGTERM", 5))
    return {"types": [events[0].type, events[-1].type], "code": background.code()}
