"""Generated models read what servers send, today's and tomorrow's, and lose nothing of it."""

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

import sprites_api.models as models
from codegen.document import load
from sprites_api import AuthenticatedClient
from sprites_api.types import UNSET, Unset

CONTRACT = load(Path(__file__).resolve().parents[2] / "openapi.yaml")
OBJECTS = {
    name: schema
    for name, schema in CONTRACT["components"]["schemas"].items()
    if schema.get("type") == "object"
}
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name, schema in OBJECTS.items()
    for index, example in enumerate(schema["examples"])
]


def is_nullable(schema: dict[str, Any]) -> bool:
    """Tell whether a field may be null."""
    return "null" in schema.get("type", []) or {"type": "null"} in schema.get("oneOf", [])


NULLABLE = [
    pytest.param(name, key, id=f"{name}.{key}")
    for name, schema in OBJECTS.items()
    for key, part in schema.get("properties", {}).items()
    if is_nullable(part)
]


def read(name: str, value: dict[str, Any]) -> Any:
    """Read a value as a model."""
    return getattr(models, name).from_dict(value)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example_survives_the_round_trip(name: str, example: dict[str, Any]):
    """What was read is written the same, timestamps to the nanosecond included."""
    assert example == read(name, example).to_dict()


@pytest.mark.parametrize(("name", "key"), NULLABLE)
def test_null_is_read_where_servers_send_it(name: str, key: str):
    """Servers written in Go send null for an empty list."""
    value = {**OBJECTS[name]["examples"][0], key: None}

    assert value == read(name, value).to_dict()


@pytest.mark.parametrize("name", ["SpriteInfo", "Checkpoint", "StreamMessage", "ServiceEvent"])
def test_unknown_fields_are_kept(name: str):
    """A newer server's field is neither an error nor lost."""
    value = {**OBJECTS[name]["examples"][0], "colour": "blue"}
    model = read(name, value)

    assert model["colour"] == "blue"
    assert value == model.to_dict()


def test_unknown_words_are_kept():
    """A newer server's status does not cost the whole answer, nor does a newer enum value."""
    info = models.SpriteInfo.from_dict({"name": "a", "status": "hibernating"})
    settings = models.UrlSettingsUpdate.from_dict({"auth": "passkey"})

    assert (info.status, settings.auth) == ("hibernating", "passkey")


def test_only_the_name_of_a_sprite_is_certain():
    """Minimal entries of a list are entries."""
    info = models.SpriteInfo.from_dict({"name": "a"})

    assert (info.id, info.labels) == (UNSET, UNSET)


@pytest.mark.parametrize("broken", [{"id": 1}, [{"id": "v1"}], [None], "v1"])
def test_nullable_field_is_not_handed_out_unread(broken: Any):
    """As generated, a list that cannot be read is returned as it is, typed as its models."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        models.SpriteList.from_dict({"sprites": broken})


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_unset_is_one_object(clone: Any):
    """A clone of the sentinel would be sent as a value."""
    assert clone(UNSET) is UNSET
    model = clone(models.CheckpointCreate())
    assert isinstance(model.comment, Unset)
    assert model.to_dict() == {}


def test_unset_says_its_name():
    """A model that is printed shows no address of memory."""
    assert (
        repr(models.CheckpointCreate())
        == "CheckpointCreate(comment=UNSET, additional_properties={})"
    )


def test_token_is_never_printed():
    """Neither by the client, before and after it has built its headers, nor by a token."""
    client = AuthenticatedClient(
        base_url="http://127.0.0.1",
        token="s3cret-token",
        headers={"X-Key": "s3cret-header"},
        cookies={"session": "s3cret-cookie"},
        httpx_args={"auth": ("user", "s3cret-password")},
    )
    with client.with_headers({"X-More": "s3cret-more"}) as clone:
        assert clone.get_httpx_client().headers["Authorization"] == "Bearer s3cret-token"
        printed = repr(client) + repr(clone) + str(clone)
    printed += repr(models.AccessToken(token="s3cret-value"))

    assert "s3cret" not in printed
    assert "AccessToken(...)" in printed


def test_environment_is_never_printed():
    """Variables are where secrets are; models that contain them hide them as well."""
    value = {"KEY": "s3cret"}
    service = models.ServiceCreate.from_dict({"cmd": "run", "env": value})
    sprite = models.SpriteCreate.from_dict({"name": "a", "environment": value})

    assert "s3cret" not in repr(service) + repr(sprite)
    assert (value, value) == (service.to_dict()["env"], sprite.to_dict()["environment"])
