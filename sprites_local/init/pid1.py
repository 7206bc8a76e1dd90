"""PID 1 of a sprite: starts commands, keeps their pipes and terminals, reaps what dies.

It runs inside the sprite on whatever Python 3.11 or later is there, loaded by `start`, and needs
nothing but the standard library. The host connects to a listening socket, sends requests and gets
the host's ends of pipes and terminals by SCM_RIGHTS. This process keeps a copy of each end, so a
host that comes back later (or a process restored from an image) finds everything as it was:
`attach` hands the ends out again.

A message is 4 bytes of length, 1 byte that counts descriptors, and a JSON object. No request can
end this process: every handler's failure becomes an answer. A request of the number 0 gets none.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import socket
import struct
import time

from sprites_local.init import commands

TYPE_CHECKING = False  # a type checker knows better; the module `typing` costs 4 ms of each boot
if TYPE_CHECKING:
    from typing import Any

    Answer = tuple[dict[str, Any], list[int]]

HEADER = struct.Struct("!IB")
MAX_REQUEST = 8 << 20
MAX_QUEUE = 1000
MAX_PEERS = 16
TICK = 5.0


class Peer:
    """A connection from the host."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = bytearray()
        self.queue: list[tuple[bytes, list[int]]] = []

    def requests(self) -> list[dict[str, Any]]:
        """Cut complete requests out of what was received; ValueError on nonsense."""
        found = []
        while len(self.received) >= HEADER.size:
            size, _ = HEADER.unpack_from(self.received)
            if size > MAX_REQUEST:
                raise ValueError(size)
            end = HEADER.size + size
            if len(self.received) < end:
                break
            found.append(dict(json.loads(bytes(self.received[HEADER.size : end]))))
            del self.received[:end]
        return found

    def send(self, message: dict[str, Any], ends: list[int]) -> None:
        """Queue a message with copies of descriptors; ValueError when the host does not read."""
        if len(self.queue) >= MAX_QUEUE:
            raise ValueError(len(self.queue))
        body = json.dumps(message).encode()
        self.queue.append((HEADER.pack(len(body), len(ends)) + body, [os.dup(e) for e in ends]))
        self.flush()

    def flush(self) -> None:
        """Send what fits."""
        while self.queue:
            data, ends = self.queue[0]
            try:
                sent = socket.send_fds(self.sock, [data], ends) if ends else self.sock.send(data)
            except BlockingIOError:
                return
            for end in ends:
                os.close(end)
            self.queue[0] = (data[sent:], [])
            if sent == len(data):
                del self.queue[0]

    def close(self) -> None:
        """Close the connection and what was never sent."""
        for _, ends in self.queue:
            for end in ends:
                os.close(end)
        self.queue.clear()
        self.sock.close()


class Init:
    """The event loop and the requests."""

    def __init__(
        self, listener: socket.socket | None = None, patience: float = float("inf")
    ) -> None:
        self.patience = patience
        self.sessions: dict[str, commands.Session] = {}
        self.starting: dict[int, tuple[Peer, Any, commands.Session]] = {}
        self.peers: dict[int, Peer] = {}
        self.listener = listener
        os.umask(0o022)
        self.poller = select.poll()
        self.wakeup = wake_on_children()
        if listener is not None:
            self.poller.register(listener.fileno(), select.POLLIN)
        self.poller.register(self.wakeup, select.POLLIN)

    def run(self) -> None:
        """Serve until there was no host for longer than anybody waits for one.

        Time is counted in short pieces, because clocks jump when this process is brought back.
        """
        tick = min(TICK, self.patience)
        alone, last = 0.0, time.monotonic()
        while alone < self.patience:
            for fd, events in self.poller.poll(None if self.peers else tick * 1000):
                try:
                    self.dispatch(fd, events)
                except Exception:  # noqa: BLE001 - if PID 1 ends, the whole sprite dies with it
                    self.abandon(fd)
            now = time.monotonic()
            alone, last = 0.0 if self.peers else alone + min(now - last, tick), now

    def dispatch(self, fd: int, events: int) -> None:
        """Act on one ready descriptor."""
        if fd == self.wakeup:
            os.read(fd, 4096)
            self.reap()
        elif self.listener is not None and fd == self.listener.fileno():
            self.accept(self.listener)
        elif fd in self.starting:
            self.answer_spawn(fd)
        elif fd in self.peers:
            self.serve(self.peers[fd], events)

    def abandon(self, fd: int) -> None:
        """Drop a connection whose handling failed, lest it fail for ever."""
        with contextlib.suppress(Exception):
            if fd in self.peers:
                self.drop(self.peers[fd])

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, from outside the sprite only."""
        sock, _ = listener.accept()
        pid, _, _ = struct.unpack(
            "iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
        )
        # A process without a number in our pid namespace is the host.
        if pid != 0 or len(self.peers) >= MAX_PEERS:
            sock.close()
            return
        self.welcome(sock)

    def welcome(self, sock: socket.socket) -> None:
        """Serve a connection from now on."""
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self.peers[sock.fileno()] = Peer(sock)
        self.poller.register(sock.fileno(), select.POLLIN)

    def serve(self, peer: Peer, events: int) -> None:
        """Read requests and write queued answers."""
        if events & select.POLLOUT:
            peer.flush()
            self.watch(peer)
        if not events & ~select.POLLOUT:
            return
        with contextlib.suppress(BlockingIOError):
            data = self.receive(peer)
            if not data:
                self.drop(peer)
                return
            peer.received += data
            for request in peer.requests():
                self.handle(peer, request)

    def receive(self, peer: Peer) -> bytes:
        """Read from a connection; descriptors are none of our business."""
        return peer.sock.recv(1 << 16)

    def handle(self, peer: Peer, request: dict[str, Any]) -> None:
        """Answer one request, whatever it is."""
        operation, number = request.get("op"), request.get("seq")
        if operation == "bye":
            self.drop(peer)
            return
        try:
            if operation == "spawn":
                self.spawn(peer, request)
                return
            answer, ends = self.perform(operation, request)
        except commands.NotStartedError as error:
            answer, ends = {"errno": error.number, "stage": commands.STAGES[error.stage]}, []
        except OSError as error:
            answer, ends = {"errno": error.errno or errno.EIO}, []
        except Exception:  # noqa: BLE001 - a bad request must not end the connection or PID 1
            answer, ends = {"errno": errno.EINVAL}, []
        if number != 0:
            self.reply(peer, {**answer, "seq": number}, ends)

    def perform(self, operation: Any, request: dict[str, Any]) -> Answer:
        """Carry out a request about existing sessions."""
        if operation == "list":
            return {"sessions": [session.describe() for session in self.sessions.values()]}, []
        session = self.sessions.get(request["id"])
        if session is None:
            return {"errno": errno.ESRCH}, []
        if operation == "attach":
            return {**session.describe(), "note": session.note}, list(session.ends.values())
        if operation == "kill" and session.code is None:
            commands.send_signal(session.pid, int(request["signal"]))
        elif operation == "resize" and "terminal" in session.ends:
            commands.set_size(session.ends["terminal"], request["size"])
        elif operation == "close_stdin" and "stdin" in session.ends:
            os.close(session.ends.pop("stdin"))
        elif operation == "forget":
            session.close()
            del self.sessions[session.key]
        return {}, []

    def spawn(self, peer: Peer, request: dict[str, Any]) -> None:
        """Start a command; the answer follows when its program runs or could not be run."""
        key = str(request["id"])
        if key in self.sessions:
            raise FileExistsError(errno.EEXIST, key)
        child, ends = commands.make_streams(request)
        session = commands.Session(key, 0, ends)
        session.note = str(request.get("note", ""))
        at_once = commands.can_launch(request)
        try:
            if at_once:
                session.pid = commands.launch(request, child)
            else:
                report = commands.fork(request, child, session)
                self.starting[report] = (peer, request.get("seq"), session)
                self.poller.register(report, select.POLLIN)
        except BaseException:
            session.close()
            raise
        finally:
            for fd in set(child):
                os.close(fd)
        self.sessions[key] = session
        if at_once:
            self.tell_started(peer, request.get("seq"), session)

    def answer_spawn(self, report: int) -> None:
        """Tell whether a command was started: the pipe closes when its program begins."""
        peer, number, session = self.starting.pop(report)
        self.poller.unregister(report)
        failure = os.read(report, commands.FAILURE.size)
        os.close(report)
        if failure:
            code, stage = commands.FAILURE.unpack(failure)
            self.sessions.pop(session.key, None)
            session.close()
            self.reply(peer, {"errno": code, "stage": commands.STAGES[stage], "seq": number}, [])
            return
        self.tell_started(peer, number, session)

    def tell_started(self, peer: Peer, number: Any, session: commands.Session) -> None:
        """Answer that a command's program runs, before anything else is told of it."""
        session.started = True
        answer = {**session.describe(), "code": None, "seq": number}
        self.reply(peer, answer, list(session.ends.values()))
        if session.code is not None:
            self.announce(session)

    def reap(self) -> None:
        """Collect dead children, our own and adopted ones, and report our own."""
        running = {s.pid: s for s in self.sessions.values() if s.code is None}
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                session = running.get(pid)
                if session is not None:
                    code = os.waitstatus_to_exitcode(status)
                    session.code = code if code >= 0 else 128 - code
                    if session.started:
                        self.announce(session)

    def announce(self, session: commands.Session) -> None:
        """Tell all connections that a command ended."""
        for peer in list(self.peers.values()):
            self.reply(peer, {"event": "exit", "id": session.key, "code": session.code}, [])

    def reply(self, peer: Peer, message: dict[str, Any], ends: list[int]) -> None:
        """Send to a connection, which may be gone."""
        if self.peers.get(peer.sock.fileno()) is not peer:
            return
        try:
            peer.send(message, ends)
            self.watch(peer)
        except (OSError, ValueError):
            self.drop(peer)

    def watch(self, peer: Peer) -> None:
        """Ask for writability only while something is queued."""
        events = select.POLLIN | (select.POLLOUT if peer.queue else 0)
        self.poller.modify(peer.sock.fileno(), events)

    def drop(self, peer: Peer) -> None:
        """Close a connection."""
        if self.peers.pop(peer.sock.fileno(), None) is not None:
            self.poller.unregister(peer.sock.fileno())
        peer.close()


def wake_on_children() -> int:
    """Return a descriptor that becomes readable when a child dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python would raise KeyboardInterrupt
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def serve(listener: int, patience: float) -> None:
    """Be PID 1, with the number of a listening socket; when this ends, the sprite does."""
    sock = socket.socket(fileno=listener)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    os.set_inheritable(listener, False)  # noqa: FBT003
    Init(sock, patience).run()
