"""What schemathesis is told, as the TOML that it reads."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

from sprites_contract.document import SAFE, operations
from sprites_contract.world import Pins

DESTRUCTIVE = {"create_token", "upgrade_sprite", "restart_sprite"}
"""Not called on somebody's platform: no tokens are minted, no machine is rebuilt."""

# Called on a local server only, where the server's own token stands for the platform's macaroon.
MINTING = 'headers = { Authorization = "FlyV1 ${CONTRACT_TOKEN}" }'

ALL_METHODS = '["get", "put", "post", "delete", "options", "patch", "trace"]'

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
    # A time to wait of some centuries.
    "stop_service": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409]',
    # A service that needs what is not there, or a directory that is none.
    "put_service": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409]',
    # A directory that a file is to take the place of, or that is to go into itself.
    "rename_file": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404, 409]',
    # A directory that is not to be copied with what it contains.
    "copy_file": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404, 409]',
    # Boundary cases leave out one of two fields that depend on each other.
    "set_network_policy": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 404]',
    # An id outside the range that a sprite has.
    "change_file_owner": 'positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404]',
}


@frozen
class Plan:
    """How to run schemathesis."""

    url: str
    reports: Path
    phases: str = "examples,coverage,fuzzing,stateful"
    examples: int = 25
    rate: str = ""
    """Bound on requests, such as `5/s`; with one, no unexpected methods are sent either."""
    only: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """Operations that the server does not have."""
    local: bool = True
    read_only: bool = False
    budget: float = field(default=600.0)


def selected(plan: Plan) -> set[str]:
    """Return the operations that are called over HTTP."""
    refused = set(plan.missing) | (set() if plan.local else DESTRUCTIVE)
    return {
        operation.id
        for operation in operations().values()
        if operation.is_http
        and operation.id not in refused
        and (not plan.only or operation.id in plan.only)
        and (not plan.read_only or operation.method in SAFE)
    }


def events(plan: Plan) -> Path:
    """Return where schemathesis writes what it did."""
    return plan.reports / "schemathesis.ndjson"


def render(plan: Plan, queries: Pins) -> str:
    """Return the configuration; the token comes from the environment.

    Args:
        plan: How to run.
        queries: Values of the parameters of queries, by operation.
    """
    sections = [_head(plan)]
    chosen = selected(plan)
    for name in sorted(operations()):
        heading = f'[[operations]]\ninclude-operation-id = "{name}"'
        if name not in chosen:
            sections.append(f"{heading}\nenabled = false")
            continue
        if name == "create_token":
            heading += f"\n{MINTING}"
        parameters = _table("operations.parameters", queries.get(name, {}))
        checks = f"[operations.checks]\n{TOLERATED.get(name, '')}"
        sections.append(f"{heading}\n{parameters}\n{checks}")
    return "\n".join(sections)


def _head(plan: Plan) -> str:
    careful = bool(plan.rate)
    return f"""
base-url = "{plan.url}"
headers = {{ Authorization = "Bearer ${{CONTRACT_TOKEN}}" }}
hooks = "sprites_contract.hooks"
request-timeout = 30.0
seed = 20261123
workers = 1
[warnings]
fail-on = ["missing_deserializer"]
[generation]
mode = "all"
allow-x00 = false
max-examples = {plan.examples}
deterministic = true
database = "none"
[checks]
unsupported_method.enabled = {str(not careful).lower()}
[phases.coverage]
unexpected-methods = {"[]" if careful else ALL_METHODS}
[phases.stateful]
max-steps = 8
generation = {{ max-examples = {10 * plan.examples} }}
[reports]
directory = "{plan.reports}"
preserve-bytes = true
[reports.ndjson]
path = "{events(plan)}"
"""


def _table(name: str, values: dict[str, str]) -> str:
    """Return a TOML table of the parameters of a query."""
    return "\n".join(
        [f"[{name}]", *(f'"query.{key}" = "{value}"' for key, value in values.items())]
    )
