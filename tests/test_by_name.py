"""Everything a handle can do is on the client too, with the sprite's name first."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from sprites_facade import AsyncSprite, AsyncSpritesClient, Sprite, SpritesClient

# On a client these need to say what they are about.
RENAMED = {
    name: f"{name}_sprite" for name in ("update", "delete", "upgrade", "restart", "check")
} | {"refresh": "get_sprite"}
OF_THE_HANDLE = {"name", "info"}
"""What a handle remembers; a client remembers nothing of single sprites."""
WORLDS = [(Sprite, SpritesClient), (AsyncSprite, AsyncSpritesClient)]


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def parameters(function: Callable[..., Any], skip: int) -> list[tuple[object, ...]]:
    found = list(inspect.signature(function).parameters.values())[skip:]
    return [(one.name, one.kind, one.default, one.annotation) for one in found]


@pytest.mark.parametrize(("handle", "client"), WORLDS)
def test_every_operation_is_on_the_client(handle: type, client: type) -> None:
    wanted = {RENAMED.get(name, name) for name in public(handle) - OF_THE_HANDLE}
    assert wanted <= public(client)


@pytest.mark.parametrize(("handle", "client"), WORLDS)
def test_operations_take_and_give_the_same(handle: type, client: type) -> None:
    """What comes after the name is what the handle takes, down to defaults and types."""
    for name in sorted(public(handle) - OF_THE_HANDLE - {"files", "refresh"}):
        there, here = getattr(client, RENAMED.get(name, name)), getattr(handle, name)
        first = list(inspect.signature(there).parameters)[1]
        assert first == "name", name
        assert parameters(there, 2) == parameters(here, 1), name
        returned = inspect.signature(there).return_annotation
        assert returned == inspect.signature(here).return_annotation, name
        assert inspect.iscoroutinefunction(there) == inspect.iscoroutinefunction(here), name


def test_views_are_those_of_the_sprite_that_was_named() -> None:
    client = SpritesClient("t", base_url="http://localhost")
    assert client.path("demo", "/a") == client.sprite("demo").path("/a")
    assert client.path("demo", "/a") != client.path("other", "/a")
    assert client.files("demo").sprite == "demo"
    client.close()


@pytest.mark.parametrize(("handle", "client"), WORLDS)
def test_no_exception_is_listed_in_vain(handle: type, client: type) -> None:
    assert RENAMED.keys() | OF_THE_HANDLE <= public(handle)
    assert not (RENAMED.keys() | OF_THE_HANDLE) & public(client)
