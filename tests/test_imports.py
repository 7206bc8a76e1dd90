"""What an import loads, told by the modules that are there and not by the time it takes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sprites_facade

HEAVY = (
    "httpx",
    "websockets",
    "sprites_api.client",
    "sprites_api.models.",
    "rich",
    "importlib.metadata",
)


def loaded(program: str) -> list[str]:
    text = f"import sys\n{program}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.splitlines()


def endpoints(modules: list[str]) -> list[str]:
    return [name for name in modules if name.startswith("sprites_api.api.") and name.count(".") > 2]


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import sprites_facade", ("sprites_facade._async", "sprites_facade._sync", "asyncio")),
        ("from sprites_facade import SpritesClient", ("sprites_facade._async", "asyncio")),
        ("from sprites_facade import AsyncSpritesClient", ("sprites_facade._sync",)),
    ],
)
def test_libraries_are_loaded_when_they_are_needed(program: str, absent: tuple[str, ...]) -> None:
    """Neither HTTP nor WebSockets nor a hundred models, nor the world that is not used."""
    modules = loaded(program)
    assert not [name for name in modules if name.startswith((*HEAVY, *absent))]
    assert not endpoints(modules)


def test_a_client_loads_what_it_uses() -> None:
    """A client needs HTTP; an endpoint is there once it was asked for."""
    text = (
        "from sprites_facade import SpritesClient; SpritesClient('t', base_url='http://localhost')"
    )
    modules = loaded(text)
    assert "httpx" in modules
    assert "websockets" not in modules
    assert not endpoints(modules)
    text = "from sprites_facade._core import operations; operations.get_sprite('demo')"
    assert endpoints(loaded(text)) == ["sprites_api.api.sprites.get_sprite"]


def test_every_name_is_where_type_checkers_believe_it_to_be() -> None:
    """The table of places says the same as the imports, and every public name is there."""
    source = Path(str(sprites_facade.__file__)).read_text()
    imports = {
        alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    places = {name: f"sprites_facade.{place}" for name, place in sprites_facade._PLACES.items()}
    assert {name: imports[name] for name in places} == places
    assert set(sprites_facade.__all__) <= imports.keys()
    for name in sprites_facade.__all__:
        assert getattr(sprites_facade, name).__name__ == name
        assert name in dir(sprites_facade)
    with pytest.raises(AttributeError, match="nothing"):
        sprites_facade.nothing  # noqa: B018
