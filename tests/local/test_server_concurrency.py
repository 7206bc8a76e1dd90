"""Many requests at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local.conftest import Api


def test_checkpoints_at_once_wait_for_their_turn(api: Api, sprite: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda n: (api.checkpoint(sprite, str(n)), str(n)), range(6)))
    listed = api.http.get(api.path(sprite, "/checkpoints")).json()
    assert [entry["id"] for entry in listed] == [
        "Current", "v6", "v5", "v4", "v3", "v2", "v1", "v0",
    ]  # fmt: skip
    assert {(entry["id"], entry["comment"]) for entry in listed[1:-1]} == set(made)


def test_operations_of_all_kinds_at_once_leave_a_whole_sprite(api: Api, sprite: str) -> None:
    api.write(sprite, "/home/sprite/base", b"base")
    api.checkpoint(sprite, "base")

    def work(number: int) -> None:
        match number % 4:
            case 0:
                api.checkpoint(sprite)
            case 1:
                api.restore(sprite, "v1")
            case 2:
                api.write(sprite, f"/home/sprite/file-{number}", b"x" * 1000)
            case _:
                # A restore may end a command; the server must answer all the same.
                assert api.run(sprite, "true")[2] in (0, 137)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    api.restore(sprite, "v1")
    assert api.shell(sprite, "ls; cat base") == "base\nbase"


def test_one_of_many_creations_of_a_name_wins(api: Api) -> None:
    body = {"name": "contested"}
    with ThreadPoolExecutor(6) as pool:
        statuses = list(
            pool.map(lambda _: api.http.post("/v1/sprites", json=body).status_code, range(6))
        )
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(
            pool.map(lambda _: api.http.delete(api.path("contested")).status_code, range(6))
        )
    assert sorted(statuses) == [204, 404, 404, 404, 404, 404]


def test_sprites_do_not_wait_for_each_other(api: Api) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: api.create(), range(4)))
        outputs = list(pool.map(lambda name: api.shell(name, "echo $$ > id; cat id"), names))
        assert all(output.strip().isdecimal() for output in outputs)
        list(pool.map(lambda name: api.http.delete(api.path(name)), names))
