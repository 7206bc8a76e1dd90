"""Prove a server against openapi.yaml: a fresh local one, or any other.

    scripts/contract.py                        the local server
    CONTRACT_TOKEN=... scripts/contract.py --url https://...

Schemathesis sends examples, boundary cases, random cases and sequences to every HTTP operation;
each answer is held against the document, each line of a stream against its schema. Only sprites
under the run's own random prefix are touched, and they are deleted at the end, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from ruamel.yaml import YAML

from sprites_facade.testing import LocalServer

ROOT = Path(__file__).resolve().parent.parent
HOOKS = ROOT / "tests" / "contract"
NOT_SERVED = HOOKS / "not_served.txt"
SERVICE = "web"  # as in the examples
METHODS = {"get", "put", "post", "delete", "head", "patch"}


@frozen
class Target:
    """A server, and what this run may touch there."""

    url: str
    token: str = ""
    local: bool = True
    sprite: str = "contract"


@cache
def operations() -> dict[str, dict[str, Any]]:
    """Return the operations of openapi.yaml by their id."""
    document = YAML(typ="safe").load(ROOT / "openapi.yaml")
    return {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in METHODS
    }


def not_served() -> set[str]:
    """Return the operations that the local server does not have yet; a test keeps it honest."""
    lines = NOT_SERVED.read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def excluded(target: Target) -> set[str]:
    """Return what is not fuzzed over HTTP: WebSockets, and what the server does not have yet."""
    sockets = {
        name
        for name, operation in operations().items()
        if not any(str(status).startswith("2") for status in operation["responses"])
    }
    return sockets | (not_served() if target.local else REMOTE_EXCLUDED)


REMOTE_EXCLUDED = {"create_token", "get_organization", "upgrade_sprite", "restart_sprite"}
"""On somebody's platform: no tokens are minted, no machine is rebuilt."""


@contextmanager
def local_target() -> Iterator[Target]:
    """Start a local server of its own for this run."""
    with LocalServer() as server:
        yield Target(url=server.url, token=server.token, sprite=new_prefix())


def new_prefix() -> str:
    """Return a name that no other run uses."""
    return f"contract-{secrets.token_hex(4)}"


@contextmanager
def world(target: Target) -> Iterator[dict[str, dict[str, str]]]:
    """Make the sprite, the checkpoint and the file that cases point at; delete them at the end."""
    headers = {"Authorization": f"Bearer {target.token}"}
    with httpx.Client(base_url=target.url, headers=headers, timeout=60) as http:
        try:
            created = http.post("/v1/sprites", json={"name": target.sprite})
            if created.status_code != 201:
                sys.exit(f"contract: {target.url} answered {created.status_code} to create_sprite")
            base = f"/v1/sprites/{target.sprite}"
            http.put(
                f"{base}/fs/write",
                params={"path": "/home/sprite/contract.txt"},
                content=b"contract\n",
            )
            http.post(f"{base}/checkpoint", json={"comment": "contract"}).raise_for_status()
            http.put(
                f"{base}/services/{SERVICE}",
                params={"duration": "0s"},
                json={"cmd": "sleep", "args": ["infinity"]},
            ).raise_for_status()
            listed = http.get(f"{base}/checkpoints").json()
            checkpoint = next(entry["id"] for entry in listed if entry["id"] != "Current")
            yield pins(target.sprite, checkpoint)
        finally:
            clean_up(http, target.sprite)


def pins(sprite: str, checkpoint: str) -> dict[str, dict[str, str]]:
    """Return real names by operation, so that it reaches its success path.

    Operations that delete are not pinned: sequences hand them what they created, and the hooks
    keep them away from what the others need.
    """
    usual = {
        "path.name": sprite,
        "path.checkpoint_id": checkpoint,
        "path.service_name": SERVICE,
    }
    pinned = {name: usual for name in operations() if name != "delete_sprite"}
    deleting = ("delete_checkpoint", "delete_service")
    return pinned | {name: {"path.name": sprite} for name in deleting}


def clean_up(http: httpx.Client, prefix: str) -> None:
    """Delete every sprite of this run."""
    token: str | None = None
    while True:
        query = {"prefix": prefix} | ({"continuation_token": token} if token else {})
        page = http.get("/v1/sprites", params=query).json()
        for sprite in page["sprites"]:
            if sprite["name"].startswith(prefix):
                http.delete(f"/v1/sprites/{sprite['name']}")
        token = page.get("next_continuation_token")
        if not token:
            return


# Where a server may refuse what the schema allows, or take what it does not, and why.
TOLERATED = {
    # A token that no page gave.
    "list_sprites": 'positive_data_acceptance.expected-statuses = ["2xx", 400]',
    # The same path answers to WebSockets; the query is theirs.
    "list_sessions": "negative_data_rejection.enabled = false",
    # An empty program name is well-formed and refused by 400; an empty flag means false.
    "run_command": """
positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409, 429]
negative_data_rejection.enabled = false""",
    "read_file": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404, 416]',
    # A session that has ended; a time to wait of some centuries.
    "kill_session": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 410]',
    # A service that needs what is not there, or a directory that is none.
    "put_service": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409]',
    # Parameters in the query win over those in a body, whatever it is.
    "delete_file": "negative_data_rejection.enabled = false",
    # An id outside the range that a sprite has.
    "change_file_owner": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404]',
}


def configuration(
    target: Target, pinned: dict[str, dict[str, str]], options: argparse.Namespace
) -> str:
    """Return the configuration of schemathesis; the token comes from the environment."""
    reports = options.reports.resolve()
    polite = "" if target.local else f'rate-limit = "{options.rate}"\nworkers = 1'
    methods = "" if target.local else 'unexpected-methods = ["trace"]'
    sections = [
        f"""
base-url = "{target.url}"
headers = {{ Authorization = "Bearer ${{CONTRACT_TOKEN}}" }}
hooks = "schemathesis_hooks"
request-timeout = 30.0
seed = 20261123
{polite}
[warnings]
fail-on = ["missing_deserializer"]
[generation]
mode = "all"
allow-x00 = false
max-examples = {options.examples}
deterministic = true
database = "none"
[phases.coverage]
{methods}
[phases.stateful]
max-steps = 6
[reports]
directory = "{reports}"
preserve-bytes = true
[reports.junit]
path = "{reports / "junit.xml"}"
"""
    ]
    for name in sorted(operations()):
        if name in excluded(target) or (options.only and name not in options.only):
            sections.append(f'[[operations]]\ninclude-operation-id = "{name}"\nenabled = false')
        else:
            sections.append(
                f'[[operations]]\ninclude-operation-id = "{name}"\n'
                f"{table('operations.parameters', pinned.get(name, {}))}\n"
                f"[operations.checks]\n{TOLERATED.get(name, '')}"
            )
    return "\n".join(sections)


def table(name: str, values: dict[str, str]) -> str:
    """Return a TOML table of strings."""
    return "\n".join([f"[{name}]", *(f'"{key}" = "{value}"' for key, value in values.items())])


def fuzz(target: Target, pinned: dict[str, dict[str, str]], options: argparse.Namespace) -> int:
    """Run schemathesis in a process of its own, bounded, and return its exit status."""
    options.reports.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(configuration(target, pinned, options))
        file.flush()
        command = [
            str(Path(sys.executable).parent / "st"),
            "--config-file", file.name, "run", str(ROOT / "openapi.yaml"),
            "--phases", options.phases,
        ]  # fmt: skip
        environment = {
            **os.environ,
            "CONTRACT_TOKEN": target.token,
            "CONTRACT_SPRITE": target.sprite,
            "PYTHONPATH": str(HOOKS),
        }
        return bounded(command, environment, options.budget)


def bounded(command: list[str], environment: dict[str, str], seconds: float) -> int:
    """Run a command for at most so many seconds; an endless answer must not hang the run."""
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"contract: stopped after {seconds:.0f} s", file=sys.stderr)
        return 1
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="the server to prove; without it a local one is started")
    parser.add_argument("--only", action="append", help="prove only this operation; repeatable")
    parser.add_argument("--rate", default="5/s", help="bound on requests to another server")
    parser.add_argument("--examples", type=int, default=25, help="random cases per operation")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--budget", type=float, default=600, help="seconds until it is stopped")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports" / "contract")
    options = parser.parse_args()
    if unknown := set(options.only or ()) - set(operations()):
        parser.error(f"no such operation: {', '.join(sorted(unknown))}")
    return options


def remote_target(url: str) -> Target:
    """Describe the server that the user named; its token comes from the environment only."""
    token = os.environ.get("TOKEN") or os.environ.get("CONTRACT_TOKEN")
    if not token:
        sys.exit("contract: set TOKEN to a token of that server; it is not taken as an argument")
    return Target(url=url.rstrip("/"), token=token, local=False, sprite=new_prefix())


def main() -> int:
    """Run the contract and return the exit status."""
    options = arguments()
    started = time.monotonic()
    with ExitStack() as stack:
        target = stack.enter_context(
            nullcontext(remote_target(options.url)) if options.url else local_target()
        )
        pinned = stack.enter_context(world(target))
        status = fuzz(target, pinned, options)
    verdict = "kept" if status == 0 else "BROKEN"
    print(f"contract: {verdict} after {time.monotonic() - started:.0f} s; see {options.reports}")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
