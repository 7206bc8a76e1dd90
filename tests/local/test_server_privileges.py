"""What the privileges policy takes from commands, seen by programs that try to use it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sprites_facade.testing import LocalServer
    from tests.local.conftest import Api

STATUS = ("grep", "-E", "^(Uid|NoNewPrivs|CapEff|CapPrm|CapBnd)", "/proc/self/status")
TAKEN = {"NoNewPrivs": 1}
BARE = {"CapEff": 0, "CapPrm": 0, "CapBnd": 0}


def parse(text: str) -> dict[str, int]:
    """Read lines of /proc/self/status; of the user ids the effective one."""
    pairs = (line.split(":", 1) for line in text.replace("\r", "").splitlines() if ":" in line)
    return {
        key: int(value.split()[1]) if key == "Uid" else int(value.strip(), 16)
        for key, value in pairs
    }


def by_http(api: Api, name: str) -> dict[str, int]:
    return parse(api.run(name, *STATUS)[0].decode())


def by_terminal(api: Api, name: str) -> dict[str, int]:
    words = [("cmd", word) for word in STATUS]
    said = b""
    with api.socket(name, params=[*words, ("tty", "true")]) as socket:
        for message in socket:
            said += message if isinstance(message, bytes) else b""
    return parse(said.decode())


def by_service(api: Api, name: str) -> dict[str, int]:
    body = {"cmd": STATUS[0], "args": list(STATUS[1:])}
    events = api.events("PUT", api.path(name, "/services/look?duration=20s"), json=body)
    api.http.post(api.path(name, "/services/look/stop"))
    return parse("".join(event.get("data", "") for event in events if event["type"] == "stdout"))


def by_setuid(api: Api, name: str) -> dict[str, int]:
    """Run a program that belongs to root and has the bit to become root."""
    program = Path(shutil.which(STATUS[0]) or "").read_bytes()
    query = {"asRoot": "true", "mode": "0755"}
    api.write(name, "/opt/look", program, **query)
    body = {"path": "/opt/look", "mode": "4755", "asRoot": True}
    assert api.http.post(api.path(name, "/fs/chmod"), json=body).status_code == 200
    return parse(api.run(name, "/opt/look", *STATUS[1:])[0].decode())


def set_policy(api: Api, name: str, **policy: object) -> None:
    answer = api.http.post(api.path(name, "/policy/privileges"), json=policy)
    assert answer.status_code == 204, answer.text


def holds(seen: dict[str, int], wanted: dict[str, int]) -> bool:
    return bool(seen) and wanted.items() <= seen.items()


def test_no_command_gets_new_privileges(api: Api, sprite: str, own_root: None) -> None:
    """However it is started, from the policy on and until it is removed."""
    del own_root
    for way in (by_http, by_terminal, by_service):
        assert holds(way(api, sprite), {"NoNewPrivs": 0})
    set_policy(api, sprite, noNewPrivileges=True)
    for way in (by_http, by_terminal, by_service):
        assert holds(way(api, sprite), TAKEN)
    assert api.http.post(api.path(sprite, "/restart")).status_code == 200
    assert holds(by_http(api, sprite), TAKEN)
    assert api.http.delete(api.path(sprite, "/policy/privileges")).status_code == 204
    assert holds(by_http(api, sprite), {"NoNewPrivs": 0})


def test_no_program_becomes_root(api: Api, sprite: str, two_users: None) -> None:
    del two_users
    free = by_setuid(api, sprite)
    assert free["Uid"] == 0
    assert free["CapEff"] == free["CapBnd"] != 0
    set_policy(api, sprite, noNewPrivileges=True)
    assert by_setuid(api, sprite)["Uid"] != 0


def test_a_minimal_profile_leaves_root_without_capabilities(
    api: Api, sprite: str, two_users: None
) -> None:
    del two_users
    set_policy(api, sprite, profile="minimal")
    for way in (by_http, by_terminal, by_service):
        assert holds(way(api, sprite), BARE)
    assert holds(by_setuid(api, sprite), {"Uid": 0, **BARE})
    for profile in ("standard", "privileged", ""):
        set_policy(api, sprite, profile=profile, devices=["/dev/fuse"])
        assert by_setuid(api, sprite)["CapEff"] != 0
        assert api.run(sprite, "test", "-e", "/dev/fuse")[2] == 1


def test_without_capabilities_as_an_ordinary_user(api: Api, sprite: str, own_root: None) -> None:
    """What `rootless` says of the profile minimal: nothing is held in any case."""
    del own_root
    set_policy(api, sprite, profile="minimal")
    assert holds(by_http(api, sprite), {"CapEff": 0, "CapPrm": 0})


def test_the_policy_holds_after_a_restart_of_the_server(
    tmp_path: Path, api_of: Callable[[LocalServer], AbstractContextManager[Api]], api: Api
) -> None:
    if api.server.tier == "portable":
        pytest.skip("the portable tier enforces no policy")
    with serving(tmp_path) as server, api_of(server) as own:  # type: ignore[arg-type]
        name = own.create()
        set_policy(own, name, noNewPrivileges=True)
    with serving(tmp_path) as server, api_of(server) as own:  # type: ignore[arg-type]
        assert holds(by_http(own, name), TAKEN)
        kept = own.http.get(own.path(name, "/policy/privileges")).json()
        assert kept == {"noNewPrivileges": True}
