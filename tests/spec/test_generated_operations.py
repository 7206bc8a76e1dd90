"""Each operation of the contract is a module with a builder, and with what fits its answers."""

import importlib
import inspect
import io
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import sprites_api.models
from codegen.document import load, operations
from sprites_api.types import File

SPEC = Path(__file__).resolve().parents[2] / "openapi.yaml"
CONTRACT = load(SPEC)
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, method, operation in operations(CONTRACT)
]
CALLS = {"sync_detailed", "asyncio_detailed"}
STREAM = {"STREAM_MEDIA_TYPE", "EventType", "parse_event", "parse_error"}


def module_of(operation: dict[str, Any]) -> ModuleType:
    """Import the module of an operation."""
    return importlib.import_module(
        f"sprites_api.api.{operation['tags'][0]}.{operation['operationId']}"
    )


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to a component."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = CONTRACT["components"][kind][name]
    return node


def content(operation: dict[str, Any]) -> set[str]:
    """List the types of the successful answers; an upgrade is one of them."""
    found = {"101"} & operation["responses"].keys()
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            found |= resolve(response).get("content", {"none": {}}).keys()
    return found


def arguments(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Make the required arguments from the examples of the contract."""
    given = [*CONTRACT["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    required = [parameter for parameter in map(resolve, given) if parameter.get("required")]
    found = {p["name"]: p.get("example", ["ls", "-l"]) for p in required}
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        if media == "application/json":
            name = body["schema"]["$ref"].rpartition("/")[2]
            example = CONTRACT["components"]["schemas"][name]["examples"][0]
            found["body"] = getattr(sprites_api.models, name).from_dict(example)
        else:
            found["body"] = File(payload=io.BytesIO(b"bytes"))
    return found


def test_as_many_modules_as_operations():
    """The generator drops or overwrites operations without a word; this counts them."""
    folder = Path(str(importlib.import_module("sprites_api").__file__)).parent / "api"
    modules = [
        (path.parent.name, path.stem) for path in folder.glob("*/*.py") if path.stem != "__init__"
    ]
    wanted = [(o["tags"][0], o["operationId"]) for _, _, o in operations(CONTRACT)]

    assert sorted(wanted) == sorted(modules)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_builder_makes_the_request_of_the_contract(
    path: str, method: str, operation: dict[str, Any]
):
    """Method, path, query and body are those of the contract, ready for httpx."""
    values = arguments(path, operation)
    kwargs = module_of(operation).get_kwargs(**values)
    request = httpx.Client(base_url="http://127.0.0.1").build_request(**kwargs)

    assert method.upper() == request.method
    assert path.format(**values) == request.url.path
    for name in set(values) - {"body"} - set(_placeholders(path)):
        expected = values[name] if isinstance(values[name], list) else [values[name]]
        assert expected == request.url.params.get_list(name)
    media = list(operation.get("requestBody", {}).get("content", {}))
    assert media == [request.headers["Content-Type"]] if media else "json" not in kwargs


def _placeholders(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_module_offers_what_fits_its_answers(path: str, method: str, operation: dict[str, Any]):
    """Streams and sockets have no function that would wait for a whole body."""
    names = set(vars(module_of(operation)))
    kinds = content(operation)
    streams = "application/x-ndjson" in kinds

    assert "get_kwargs" in names
    assert (names >= STREAM) is streams
    assert bool(STREAM & names) is streams
    assert bool(CALLS & names) is (kinds not in ({"101"}, {"application/x-ndjson"}))


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_builder_knows_all_parameters(path: str, method: str, operation: dict[str, Any]):
    """The generator drops parameters it does not understand without a word."""
    given = [*CONTRACT["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    signature = inspect.signature(module_of(operation).get_kwargs)
    body = 1 if "requestBody" in operation else 0

    assert len(given) + body == len(signature.parameters)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_path_parameter_cannot_lead_elsewhere(value: str):
    """`DELETE /v1/sprites/..` would be folded to `DELETE /v1`."""
    from sprites_api.api.sprites import delete_sprite

    with pytest.raises(ValueError, match="cannot be a path segment"):
        delete_sprite.get_kwargs(value)


def test_path_parameter_is_quoted():
    """A slash or a question mark stays part of the segment."""
    from sprites_api.api.sprites import get_sprite

    assert get_sprite.get_kwargs("a/b?c")["url"] == "/v1/sprites/a%2Fb%3Fc"


def test_body_that_is_not_given_has_no_type():
    """`Content-Type: application/json` without a body is refused by strict servers."""
    from sprites_api.api.checkpoints import create_checkpoint

    kwargs = create_checkpoint.get_kwargs("a")

    assert {key: kwargs[key] for key in kwargs.keys() & {"headers", "json"}} == {"headers": {}}
