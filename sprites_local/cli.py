"""The command line: `serve`, `doctor`, `tokens` and `install-criu`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sqlite3
import sys
from collections.abc import Awaitable, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import cast

from sprites_local import datadir, names, outlets, times, tokens
from sprites_local.connections import TooFewFilesError, allow_many
from sprites_local.doctor import examine
from sprites_local.egress import Reach, addresses
from sprites_local.egress.defaults import DEFAULTS
from sprites_local.engines import TIERS, ProcessMode, Tier
from sprites_local.engines.base import EngineUnavailableError
from sprites_local.engines.full import criu, install
from sprites_local.life.machine import DEFAULT_COLD_AFTER, Limits
from sprites_local.outlets import OutletError, say
from sprites_local.policies.parsing import is_domain
from sprites_local.server import (
    DEFAULT_GRACE,
    ConfigurationError,
    Ready,
    Settings,
    ending_signals,
    serve,
)
from sprites_local.state.database import StateError

_REFUSED = 2
_NO_THREAD = "can't start new thread"
"""What Python says then; it has no error of its own for it."""

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    outlets.prepare()
    try:
        return _run(options)
    except (
        ConfigurationError,
        EngineUnavailableError,
        StateError,
        TooFewFilesError,
        datadir.DataDirError,
        install.InstallError,
    ) as error:
        return _refuse(str(error))
    except sqlite3.Error as error:
        return _refuse(f"the database of the data directory is damaged: {error}")
    except RuntimeError as error:
        if str(error) != _NO_THREAD:
            raise
        return _refuse(
            "this user may have no more threads and processes; raise the limit (ulimit -u)"
        )
    except OutletError as error:
        return error.status if error.is_unwanted else _refuse(str(error))


def _run(options: argparse.Namespace) -> int:
    if options.command == "install-criu":
        install.install(options.prefix.absolute(), say)
        return 0
    allow_many()
    if options.command == "doctor":
        return asyncio.run(_stoppable(examine(say)))
    if options.command == "tokens":
        directory = datadir.DataDir(options.data_dir.absolute())
        return asyncio.run(tokens.administer(directory, options.revoke, say))
    serve(_settings(options), _announce)
    return 0


async def _stoppable(work: Awaitable[int]) -> int:
    """Let signals end some work as Ctrl-C does: what it has begun is undone."""
    loop, working = asyncio.get_running_loop(), asyncio.ensure_future(work)
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        working.cancel()

    for number in ending_signals():
        loop.add_signal_handler(number, stop, number)
    try:
        return await working
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0]


def _refuse(why: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"sprites_local: {why}\n")
    return _REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sprites_local", description="A Sprites server for one machine."
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log more than warnings")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what this machine can do, and what is missing")
    minted = commands.add_parser("tokens", help="list minted tokens, or revoke one; no server runs")
    _add_data_dir(minted)
    minted.add_argument("--revoke", metavar="ID", help="the third part of the token")
    fetching = commands.add_parser(
        "install-criu", help="fetch a private CRIU, with which checkpoints hold processes; Debian"
    )
    _add_place(fetching, "--prefix", "where to", criu.default_prefix())
    serving = commands.add_parser("serve", help="serve until interrupted")
    add = serving.add_argument
    add("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    add("--port", type=int, default=0, help="0 lets the system choose (default)")
    add("--fd", type=int, help="serve on this inherited socket")
    _add_data_dir(serving)
    add("--engine", choices=("auto", *TIERS), default="auto", help="the tier (default: auto)")
    add("--process-state", choices=("auto", "on", "off"), default="auto")
    add("--token", help=f"the bearer token; {datadir.TOKEN_VARIABLE} keeps it out of `ps`")
    add("--faults", action="store_true", help="let the token's holder inject faults, for tests")
    add(
        "--url-wait",
        type=_seconds,
        default=10.0,
        help="seconds that a request to a sprite's URL waits for its port (default: %(default)s)",
    )
    add(
        "--idle-timeout",
        type=_seconds,
        default=0.0,
        help="seconds after which a sprite that nobody uses is paused; 0 is never (default)",
    )
    add(
        "--cold-after",
        type=_seconds,
        default=DEFAULT_COLD_AFTER,
        help="seconds from the pause to the end of processes; 0 is never (default: %(default)s)",
    )
    add(
        "--network",
        choices=("public", "off"),
        default="public",
        help="what sprites with a network of their own may reach (default: %(default)s)",
    )
    add(
        "--allow-network",
        type=_network,
        action="append",
        default=[],
        metavar="CIDR",
        help="an address or network that they may reach besides; repeat it for more",
    )
    add(
        "--default-domain",
        type=_domain,
        action="append",
        default=[],
        metavar="DOMAIN",
        help="what `include: defaults` of network policies allows besides; repeat it for more",
    )
    add(
        "--orphan-timeout",
        type=_seconds,
        default=DEFAULT_GRACE,
        help="seconds that sprites outlive a server that is killed, for the next one to adopt them;"
        " 0 ends them at once (default: %(default)s)",
    )
    add("--ready-fd", type=int, help="write a line of JSON here when ready")
    add("--stop-fd", type=int, help="stop at the end of this pipe")
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    _add_place(parser, "--data-dir", "where everything is kept", datadir.default_path())


def _add_place(
    parser: argparse.ArgumentParser, option: str, what: str, default: Path | None
) -> None:
    """Add an option for a directory, which a user has to give who has no home for it."""
    told = f"{what} (default: {_literal(default)})" if default else what
    parser.add_argument(
        option, type=_directory, default=default, required=default is None, help=told
    )


def _literal(path: Path) -> str:
    """Write a path for argparse, to which a percent sign means something."""
    return str(path).replace("%", "%%")


def _directory(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a directory has a name; . is the current one")
    return Path(text)


def _seconds(text: str) -> float:
    try:
        return times.parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _network(text: str) -> IPv4Network:
    try:
        return addresses.read_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _domain(text: str) -> str:
    if not is_domain(text):
        raise argparse.ArgumentTypeError("a domain is a host, or *. and a domain")
    return text.lower()


def _settings(options: argparse.Namespace) -> Settings:
    kept_out = os.environ.pop(datadir.TOKEN_VARIABLE, "") or None
    token = kept_out if options.token is None else options.token
    if token is not None and not names.is_token(token):
        raise ConfigurationError("a token is printable ASCII without spaces")
    return Settings(
        data_dir=options.data_dir.absolute(),
        host=options.host,
        port=options.port,
        fd=options.fd,
        tier=None if options.engine == "auto" else cast("Tier", options.engine),
        processes=cast("ProcessMode", options.process_state),
        token=token,
        ready_fd=options.ready_fd,
        stop_fd=options.stop_fd,
        faults=options.faults,
        url_wait=options.url_wait,
        grace=options.orphan_timeout,
        limits=Limits(idle=options.idle_timeout or None, cold=options.cold_after or None),
        reach=Reach(
            public=options.network == "public",
            networks=tuple(options.allow_network),
            defaults=DEFAULTS.union(options.default_domain),
        ),
    )


def _announce(ready: Ready) -> None:
    try:
        say(f"Serving on {ready.url} (tier {ready.tier})")
        say(f"Token: {ready.token}")
    except OutletError as error:  # whoever wants to know finds the token in the data directory
        log.warning("Nobody was told where it serves, %s: %s", ready.url, error)
