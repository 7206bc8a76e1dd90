"""Programs that hold state in as many ways as there are, and tell it when asked.

Each reads lines from its standard input and answers each with the next number: 1, 2, 3 and so on.
The number goes through the thing that is tested, so that it is right only if that came back.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_FRAME: Final = """
import sys
{setup}
print("ready", flush=True)
for line in sys.stdin:
    print(step(), flush=True)
"""

# Each defines `step`, which takes the number from where it is kept, adds one and puts it back.
_PYTHON: Final = {
    "pipe": """
import os
reader, writer = os.pipe()
os.write(writer, b"0")
def step():
    n = int(os.read(reader, 20)) + 1
    os.write(writer, b"%d" % n)
    return n
""",
    "fifo": """
import os
os.mkfifo("/tmp/fifo")
fd = os.open("/tmp/fifo", os.O_RDWR)
os.write(fd, b"0")
def step():
    n = int(os.read(fd, 20)) + 1
    os.write(fd, b"%d" % n)
    return n
""",
    "tcp": """
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(b"0")
def step():
    socket.create_connection(listener.getsockname()).close()
    listener.accept()[0].close()
    n = int(server.recv(20)) + 1
    client.sendall(b"%d" % n)
    return n
""",
    "tcp6": """
import socket
listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
client = socket.create_connection(listener.getsockname()[:2])
server, _ = listener.accept()
client.sendall(b"0")
def step():
    n = int(server.recv(20)) + 1
    client.sendall(b"%d" % n)
    return n
""",
    "tcp-half-closed": """
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.shutdown(socket.SHUT_WR)
server.sendall(b"0")
def step():
    n = int(client.recv(20)) + 1
    server.sendall(b"%d" % n)
    return n
""",
    "tcp-unread": """
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(bytes(range(200)) * 250)
n = 0
def step():
    global n
    data = b""
    while len(data) < 10000: data += server.recv(10000 - len(data))
    assert data == bytes(range(200)) * 50
    n += 1
    return n
""",
    "udp": """
import socket
one = socket.socket(type=socket.SOCK_DGRAM); one.bind(("127.0.0.1", 0))
n = 0
def step():
    global n
    one.sendto(b"%d" % (n + 1), one.getsockname())
    n = int(one.recv(20))
    return n
""",
    "http": """
import http.server, subprocess, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    n = 0
    def do_GET(self):
        Handler.n += 1
        self.send_response(200); self.end_headers(); self.wfile.write(b"%d" % Handler.n)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/" % server.server_port
def step(): return int(urllib.request.urlopen(url).read())
""",
    "unix-stream": """
import socket
listener = socket.socket(socket.AF_UNIX); listener.bind("/tmp/unix-stream"); listener.listen()
client = socket.socket(socket.AF_UNIX); client.connect("/tmp/unix-stream")
server, _ = listener.accept()
client.sendall(b"0")
def step():
    with socket.socket(socket.AF_UNIX) as late:
        late.connect("/tmp/unix-stream"); listener.accept()
    n = int(server.recv(20)) + 1
    client.sendall(b"%d" % n)
    return n
""",
    "unix-datagram": """
import socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
one.send(b"0")
def step():
    n = int(other.recv(20)) + 1
    one.send(b"%d" % n)
    return n
""",
    "unix-seqpacket": """
import socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
one.send(b"0")
def step():
    n = int(other.recv(20)) + 1
    one.send(b"%d" % n)
    return n
""",
    "sqlite-wal": """
import sqlite3
db = sqlite3.connect("/tmp/wal.db", isolation_level=None)
db.execute("PRAGMA journal_mode=WAL"); db.execute("CREATE TABLE t (n)")
def step():
    db.execute("INSERT INTO t VALUES (1)")
    return db.execute("SELECT count(*) FROM t").fetchone()[0]
""",
    "sqlite-transaction": """
import sqlite3
db = sqlite3.connect("/tmp/rollback.db", isolation_level=None)
db.execute("CREATE TABLE t (n)"); db.execute("BEGIN")
def step():
    db.execute("INSERT INTO t VALUES (1)")
    return db.execute("SELECT count(*) FROM t").fetchone()[0]
""",
    "threads": """
import queue, threading
first, last = queue.Queue(), queue.Queue()
def work(source, target):
    total = 0
    while True:
        source.get(); total += 1; target.put(total)
chain = [first, *(queue.Queue() for _ in range(6)), last]
for source, target in zip(chain, chain[1:]):
    threading.Thread(target=work, args=(source, target), daemon=True).start()
def step():
    first.put(None)
    return last.get()
""",
    "deleted-file": """
import os
file = open("/tmp/deleted", "w+"); os.unlink("/tmp/deleted")
file.write("0"); file.flush()
def step():
    n = int(os.pread(file.fileno(), 20, 0)) + 1
    os.pwrite(file.fileno(), b"%d" % n, 0)
    return n
""",
    "deleted-name-of-two": """
import os
file = open("/tmp/one-name", "w+"); os.link("/tmp/one-name", "/tmp/two-names")
os.unlink("/tmp/one-name")
file.write("0"); file.flush()
def step():
    n = int(open("/tmp/two-names").read()) + 1
    os.pwrite(file.fileno(), b"%d" % n, 0)
    return n
""",
    "renamed-file": """
import os
file = open("/tmp/old-name", "w+"); os.rename("/tmp/old-name", "/tmp/new-name")
file.write("0"); file.flush()
def step():
    n = int(open("/tmp/new-name").read()) + 1
    os.pwrite(file.fileno(), b"%d" % n, 0)
    return n
""",
    "append": """
file = open("/tmp/appended", "a")
def step():
    file.write("x"); file.flush()
    return len(open("/tmp/appended").read())
""",
    "working-directory": """
import os
os.mkdir("/tmp/there"); os.chdir("/tmp/there"); open("n", "w").write("0")
def step():
    n = int(open("n").read()) + 1
    open("n", "w").write(str(n))
    return n
""",
    "deleted-directory": """
import os
os.mkdir("/tmp/gone"); os.chdir("/tmp/gone"); os.rmdir("/tmp/gone")
n = 0
def step():
    global n
    n += 1
    assert os.readlink("/proc/self/cwd").endswith("(deleted)")
    return n
""",
    "shared-memory": """
import mmap, os
memory = mmap.mmap(-1, 8)
def step():
    if os.fork() == 0:
        memory[:8] = (int.from_bytes(memory[:8], "big") + 1).to_bytes(8, "big"); os._exit(0)
    os.wait()
    return int.from_bytes(memory[:8], "big")
""",
    "dev-shm": """
import mmap, os
file = open("/dev/shm/number", "w+b"); file.truncate(8)
memory = mmap.mmap(file.fileno(), 8)
def step():
    n = int.from_bytes(open("/dev/shm/number", "rb").read(), "big")
    memory[:8] = (n + 1).to_bytes(8, "big")
    return int.from_bytes(memory[:8], "big")
""",
    "memfd": """
import os
fd = os.memfd_create("number"); os.write(fd, b"0")
def step():
    n = int(os.pread(fd, 20, 0)) + 1
    os.pwrite(fd, b"%d" % n, 0)
    return n
""",
    "large-memory": """
blocks = [bytes([i % 256]) * (1 << 20) for i in range(64)]
n = 0
def step():
    global n
    assert all(block == bytes([i % 256]) * (1 << 20) for i, block in enumerate(blocks))
    n += 1
    return n
""",
    "child": """
import subprocess
cat = subprocess.Popen(["cat"], stdin=-1, stdout=-1, bufsize=0)
cat.stdin.write(b"0\\n")
def step():
    n = int(cat.stdout.readline()) + 1
    cat.stdin.write(b"%d\\n" % n)
    return n
""",
    "family": """
import os, signal
ends = [os.pipe() for _ in range(9)]
for (source, _), (_, target) in zip(ends, ends[1:]):
    if os.fork() == 0:
        while (data := os.read(source, 20)): os.write(target, data)
        os._exit(0)
n = 0
def step():
    global n
    os.write(ends[0][1], b"%d" % (n + 1))
    n = int(os.read(ends[-1][0], 20))
    return n
""",
    "zombie": """
import os
pid = os.fork()
if pid == 0: os._exit(7)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
n = 0
def step():
    global n
    n += 1
    assert os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_status == 7
    return n
""",
    "stopped-child": """
import os, signal
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    while True: os.write(writer, b"x"); os.kill(os.getpid(), signal.SIGSTOP)
os.waitid(os.P_PID, pid, os.WSTOPPED)
n = 0
def step():
    global n
    n += len(os.read(reader, 9))
    os.kill(pid, signal.SIGCONT); os.waitid(os.P_PID, pid, os.WSTOPPED)
    return n
""",
    "signals": """
import os, signal
count = 0
def caught(*_):
    global count
    count += 1
signal.signal(signal.SIGUSR1, caught)
def step():
    os.kill(os.getpid(), signal.SIGUSR1)
    return count
""",
    "blocked-signal": """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
os.kill(os.getpid(), signal.SIGUSR2)
n = 0
def step():
    global n
    assert signal.sigwait([signal.SIGUSR2]) == signal.SIGUSR2
    os.kill(os.getpid(), signal.SIGUSR2)
    n += 1
    return n
""",
    "timer": """
import signal, threading
ticked, n = threading.Event(), 0
signal.signal(signal.SIGALRM, lambda *_: ticked.set())
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
def step():
    global n
    ticked.clear()
    while not ticked.wait(0.01): pass
    n += 1
    return n
""",
    "epoll": """
import os, select
fd, poll = os.eventfd(0), select.epoll()
poll.register(fd, select.EPOLLIN)
n = 0
def step():
    global n
    os.eventfd_write(fd, n + 1)
    assert poll.poll(5) == [(fd, select.EPOLLIN)]
    n = os.eventfd_read(fd)
    return n
""",
    "inotify": """
import ctypes, os
libc = ctypes.CDLL(None)
fd = libc.inotify_init()
os.mkdir("/tmp/watched"); libc.inotify_add_watch(fd, b"/tmp/watched", 0x100)
n = 0
def step():
    global n
    open("/tmp/watched/%d" % (n + 1), "w").close()
    n = int(os.read(fd, 400)[16:].rstrip(b"\\0"))
    return n
""",
    "file-lock": """
import fcntl
holder = open("/tmp/locked", "w"); fcntl.flock(holder, fcntl.LOCK_EX)
n = 0
def step():
    global n
    try: fcntl.flock(open("/tmp/locked"), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError: n += 1
    return n
""",
    "record-lock": """
import fcntl, os
holder = open("/tmp/records", "w"); fcntl.lockf(holder, fcntl.LOCK_EX)
n = 0
def step():
    global n
    if os.fork() == 0:
        try: fcntl.lockf(open("/tmp/records", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError: os._exit(1)
        os._exit(0)
    n += os.waitstatus_to_exitcode(os.wait()[1])
    return n
""",
    "clock": """
import time
n, last = 0, time.monotonic()
def step():
    global n, last
    now = time.monotonic()
    assert last <= now < last + 60
    n, last = n + 1, now
    return n
""",
    "pseudo-terminal": """
import os, pty
main, other = pty.openpty()
import tty; tty.setraw(other)
os.write(main, b"0")
def step():
    n = int(os.read(other, 20)) + 1
    os.write(main, b"%d" % n)
    return n
""",
    "seccomp": """
import ctypes, os, struct
libc = ctypes.CDLL(None)
code = struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
buffer = ctypes.create_string_buffer(code)
libc.prctl(38, 1, 0, 0, 0)
program = ctypes.create_string_buffer(struct.pack("H6xQ", 1, ctypes.addressof(buffer)))
assert libc.prctl(22, 2, program, 0, 0) == 0
n = 0
def step():
    global n
    assert "Seccomp:\\t2" in open("/proc/self/status").read()
    n += 1
    return n
""",
}

_ASYNCIO: Final = """
import asyncio, sys
async def main():
    async def serve(reader, writer):
        n = 0
        while await reader.readline():
            n += 1; writer.write(b"%d\\n" % n); await writer.drain()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    while await lines.readline():
        writer.write(b"\\n"); await writer.drain()
        print(int(await reader.readline()), flush=True)
asyncio.run(main())
"""

_SHELL: Final = "n=0; echo ready; while read line; do n=$((n+1)); echo $n; done"
_BASH: Final = (
    "declare -A a; a[n]=0; exec 5<>/tmp/bash-file; echo ready;"
    " while read line; do ((a[n]++)); echo ${a[n]} >&5; echo ${a[n]}; done"
)
_TMUX: Final = """
tmux -S /tmp/tmux-socket -f /dev/null new-session -d -x 80 -y 24 \
  'n=0; while read l; do n=$((n+1)); echo $n > /tmp/tmux.fifo; done'
mkfifo /tmp/tmux.fifo; echo ready
while read line; do tmux -S /tmp/tmux-socket send-keys Enter; read n < /tmp/tmux.fifo; echo $n; done
"""
_NODE: Final = """
const net = require('net'); let n = 0;
const server = net.createServer(s => s.on('data', () => s.write(String(++n))));
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => console.log('ready'));
  client.on('data', d => console.log(String(d)));
  process.stdin.on('data', d => client.write('x'));
});
"""


def commands(python: str) -> dict[str, tuple[str, ...]]:
    """Return all workloads as command lines; `python` is the interpreter inside."""
    found = {name: (python, "-c", _FRAME.format(setup=setup)) for name, setup in _PYTHON.items()}
    return {
        **found,
        "asyncio": (python, "-c", _ASYNCIO),
        "shell": ("sh", "-c", _SHELL),
        "bash": ("bash", "-c", _BASH),
    }


NAMES: Final = tuple(commands("python3"))

_REDIS: Final = """
(exec -a redis-server redis-check-rdb --port 7790 --save '' --dir /tmp) >/tmp/redis &
until redis-cli -p 7790 ping; do sleep 0.02; done >/tmp/redis-ready 2>&1
coproc redis-cli -p 7790
echo ready
while read line; do echo incr n >&${COPROC[1]}; read n <&${COPROC[0]}; echo $n; done
"""
_POSTGRES: Final = """
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
initdb -D /tmp/pg -N -A trust -U me >/tmp/pg.log 2>&1
postgres -D /tmp/pg -p 7791 -c listen_addresses=127.0.0.1 -k /tmp -c fsync=off >>/tmp/pg.log 2>&1 &
until pg_isready -q -h 127.0.0.1 -p 7791; do sleep 0.02; done
coproc psql -h 127.0.0.1 -p 7791 -U me -Atq postgres
echo 'BEGIN; CREATE TABLE t (n int);' >&${COPROC[1]}
echo ready
while read line; do
  echo 'INSERT INTO t VALUES (1); SELECT count(*) FROM t;' >&${COPROC[1]}
  read n <&${COPROC[0]}; echo $n
done
"""
_JAVA: Final = """
cat > /tmp/Count.java <<'END'
import java.io.*; import java.util.concurrent.*;
class Count {
  public static void main(String[] args) throws Exception {
    var asked = new SynchronousQueue<Integer>(); var answered = new SynchronousQueue<Integer>();
    var worker = new Thread(() -> {
      try { while (true) answered.put(asked.take() + 1); } catch (InterruptedException e) {}
    });
    worker.setDaemon(true); worker.start();
    var in = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("ready");
    for (int n = 0; in.readLine() != null;) {
      asked.put(n); n = answered.take(); System.out.println(n);
    }
  }
}
END
exec java -XX:TieredStopAtLevel=1 /tmp/Count.java
"""
_SQLITE: Final = """
coproc sqlite3 /tmp/shell.db
echo 'PRAGMA journal_mode=WAL; BEGIN; CREATE TABLE t (n);' >&${COPROC[1]}
read mode <&${COPROC[0]}; echo ready
while read line; do
  echo 'INSERT INTO t VALUES (1); SELECT count(*) FROM t;' >&${COPROC[1]}
  read n <&${COPROC[0]}; echo $n
done
"""
_PERL: Final = "$| = 1; print qq(ready\\n); while (<STDIN>) { print ++$n, qq(\\n) }"

FOREIGN: Final = {
    "tmux": ("tmux", "sh", "-c", _TMUX),
    "node": ("node", "node", "-e", _NODE),
    "redis": ("redis-cli", "bash", "-c", _REDIS),
    "postgres": ("/usr/lib/postgresql", "bash", "-c", _POSTGRES),
    "java": ("javac", "bash", "-c", _JAVA),
    "sqlite-shell": ("sqlite3", "bash", "-c", _SQLITE),
    "perl": ("perl", "perl", "-e", _PERL),
}
"""Programs that may be missing on a machine: what must be there, then the command line."""


def is_there(name: str) -> bool:
    """Tell whether a program of FOREIGN can be run on this machine."""
    needed = FOREIGN[name][0]
    return Path(needed).exists() if needed.startswith("/") else shutil.which(needed) is not None


_UNSENT: Final = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.settimeout(0.2)
data, sent, got, n = bytes(range(251)) * 400, 0, 0, 0
try:
    while sent < {most}: sent += client.send(data[sent % 251:][:{most} - sent])
except TimeoutError: pass
{then}
def step():
    global got, n
    if n == 0:
        n = 1
        return n
    while got < sent:
        piece = server.recv(60000)
        assert piece == data[got % 251:][:len(piece)], (got, len(piece))
        got += len(piece)
    n += 1
    try: client.send(b"end")
    except OSError: assert server.recv(9) == b""
    else: assert server.recv(9) == b"end"
    return n
"""
UNSENT: Final = {
    "a little more than the window": _FRAME.format(
        setup=_UNSENT.format(most=200_000, then=""),
    ),
    "all that fits": _FRAME.format(setup=_UNSENT.format(most=1 << 30, then="")),
    "with the end behind": _FRAME.format(
        setup=_UNSENT.format(most=400_000, then="client.shutdown(socket.SHUT_WR)"),
    ),
}
"""Connections with more data than their reader's window takes."""
CLOSED: Final = _FRAME.format(setup=_UNSENT.format(most=400_000, then="client.close()"))
"""One that its writer has closed."""

GIGABYTE: Final = """
import hashlib, sys
blocks = [hashlib.sha256(b"%d" % i).digest() * (1 << 15) for i in range(1024)]
print("ready", flush=True)
for n, line in enumerate(sys.stdin, 1):
    for i, block in enumerate(blocks):
        assert block[:32] == block[-32:] == block[4096:4128] == hashlib.sha256(b"%d" % i).digest()
    print(n, flush=True)
"""
