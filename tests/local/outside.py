"""Runs a command in a network of its own, with a made-up internet beyond; nothing real is reached.

    python outside.py <hosts file> <command>...

The command's network has one interface, with the address OWN, behind which is another network with
all the addresses of BEYOND. Whoever connects to port 80 of any of them is told which one it is, and
then everything it says. So does OWN, in the command's own network. Names are those of the hosts
file. Needs root.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from sprites_local import linux
from sprites_local.init.launch import raise_loopback

OWN = "5.5.5.1"
GATE = "5.5.5.2"
PUBLIC = ("1.1.1.10", "1.1.1.11", "9.9.9.10")
PRIVATE = ("10.1.2.3", "100.64.0.9", "172.16.0.9", "192.168.7.7", "169.254.169.254")
BEYOND = (GATE, *PUBLIC, *PRIVATE)
HOSTS = {
    "localhost": "127.0.0.1",
    "one.example.com": PUBLIC[0],
    "two.example.com": PUBLIC[1],
    "other.example.org": PUBLIC[2],
    "inside.example.com": PRIVATE[0],
    "metadata.example.com": PRIVATE[4],
    "machine.example.com": OWN,
    "loopback.example.com": "127.0.0.1",
}
_NETNS = linux.CLONE_NEWNET


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(f"{writer.get_extra_info('sockname')[0]}\n".encode())
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
    except OSError:
        writer.close()


async def listen(ready: int, parent: int) -> None:
    """Answer for as long as a process is there, which may have become another user by then.

    Such a one cannot make the kernel send us a signal when it dies.
    """
    asyncio.get_running_loop().add_reader(parent, os._exit, 0)
    server = await asyncio.start_server(answer, "0.0.0.0", 80, backlog=1000)
    os.write(ready, b"1")
    async with server:
        await server.serve_forever()


def spawn(*, beyond: bool) -> int:
    """Start a process that answers; return its number when it does."""
    ready, tell = os.pipe()
    go, let = os.pipe()
    parent = os.pidfd_open(os.getpid())
    pid = os.fork()
    if pid == 0:
        if beyond:
            linux.unshare(_NETNS)
            raise_loopback()
            os.write(tell, b"1")
            os.read(go, 1)
            for address in BEYOND[1:]:
                ip("addr", "add", f"{address}/32", "dev", "lo")
            ip("addr", "add", f"{GATE}/24", "dev", "v1")
            ip("link", "set", "v1", "up")
        asyncio.run(listen(tell, parent))
    os.close(parent)
    os.read(ready, 1)
    if beyond:
        ip("link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", str(pid))
        ip("addr", "add", f"{OWN}/24", "dev", "v0")
        ip("link", "set", "v0", "up")
        os.write(let, b"1")
        os.read(ready, 1)
        ip("route", "add", "default", "via", GATE)
    return pid


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})


def use_hosts(path: str) -> None:
    """Let the command look names up in a file, and nowhere else."""
    with Path(path).open("w") as file:
        file.writelines(f"{address} {name}\n" for name, address in HOSTS.items())
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount(path, "/etc/hosts", None, linux.MS_BIND)
    with Path(f"{path}.resolv").open("w") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    linux.mount(f"{path}.resolv", "/etc/resolv.conf", None, linux.MS_BIND)


def main() -> None:
    linux.unshare(_NETNS | linux.CLONE_NEWNS)
    raise_loopback()
    use_hosts(sys.argv[1])
    spawn(beyond=True)
    spawn(beyond=False)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
