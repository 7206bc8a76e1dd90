"""The contract as it stands: valid, complete, with examples that are true."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from codegen.document import load, operations
from codegen.lint import lint

SPEC = Path(__file__).resolve().parents[2] / "openapi.yaml"
CONTRACT = load(SPEC)
SCHEMAS = CONTRACT["components"]["schemas"]
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name, schema in SCHEMAS.items()
    for index, example in enumerate(schema.get("examples", []))
]
# Others program against these names: adding one is fine, losing one is a breaking change.
OPERATIONS = {
    "sprites": "create_sprite list_sprites get_sprite update_sprite delete_sprite upgrade_sprite"
    " restart_sprite check_sprite",
    "checkpoints": "create_checkpoint list_checkpoints get_checkpoint restore_checkpoint"
    " delete_checkpoint",
    "commands": "list_sessions attach_session probe_commands run_command kill_session open_control",
    "files": "read_file write_file list_files delete_file rename_file copy_file change_file_mode"
    " change_file_owner watch_files",
    "services": "list_services get_service put_service delete_service start_service stop_service"
    " restart_service get_service_logs signal_service",
    "policies": "get_network_policy set_network_policy get_privileges_policy"
    " set_privileges_policy delete_privileges_policy get_resources_policy set_resources_policy"
    " delete_resources_policy",
    "network": "open_proxy watch_ports",
    "organizations": "create_token get_organization",
}


def validator(name: str) -> Draft202012Validator:
    """Make a validator for a component, with the other components at hand."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    assert "date-time" in checker.checkers
    return Draft202012Validator(schema, format_checker=checker)


def test_contract_breaks_no_rule():
    """The contract keeps its own rules."""
    assert lint(SPEC.read_text(encoding="utf-8")) == []


def test_contract_is_openapi():
    """The contract is a valid OpenAPI document."""
    validate(CONTRACT)


def test_operations_are_the_agreed_ones():
    """Each operation stands under the tag and the name that others program against."""
    found: dict[str, set[str]] = {}
    for _, _, operation in operations(CONTRACT):
        found.setdefault(operation["tags"][0], set()).add(operation["operationId"])

    assert {tag: set(names.split()) for tag, names in OPERATIONS.items()} == found


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example_fits_its_schema(name: str, example: Any):
    """Documentation, fuzzer and tests can trust an example."""
    validator(name).validate(example)


def test_examples_name_only_known_fields():
    """A misspelt field in an example would pass, because answers may have further fields."""
    open_ended = {"Environment", "ControlArguments", "ControlMessage"}
    for name, schema in SCHEMAS.items():
        if name not in open_ended and "properties" in schema:
            for example in schema["examples"]:
                assert example.keys() <= schema["properties"].keys(), name


def test_examples_of_parameters_fit():
    """The fuzzer starts from them."""
    for name, parameter in CONTRACT["components"]["parameters"].items():
        if "example" in parameter:
            assert re.search(parameter["schema"].get("pattern", ""), parameter["example"]), name


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"domain": "example.com", "action": "allow"}, True),
        ({"domain": "*.example.com", "action": "deny"}, True),
        ({"domain": "*", "action": "deny"}, True),
        ({"include": "defaults"}, True),
        ({}, False),
        ({"domain": "example.com"}, False),
        ({"action": "allow"}, False),
        ({"include": "defaults", "action": "allow"}, False),
        ({"include": "defaults", "domain": "example.com", "action": "allow"}, False),
        ({"include": "everything"}, False),
        ({"domain": "example.com", "action": "maybe"}, False),
        ({"domain": "*.*.com", "action": "allow"}, False),
        ({"domain": "example.com", "action": "allow", "note": "new"}, False),
    ],
)
def test_network_rule_is_a_domain_or_a_bundle(rule: dict[str, str], allowed: bool):
    """Without a union, bounds and dependencies say the same."""
    assert validator("NetworkRuleUpdate").is_valid(rule) is allowed


@pytest.mark.parametrize("text", ["5s", "1.5s", "250ms", "0", "0s", "10", "2.0s", "1h30m"])
def test_durations_are_accepted(text: str):
    """Go's durations, and bare seconds."""
    assert validator("Duration").is_valid(text)


@pytest.mark.parametrize("text", ["", "s", "-1s", "5 s", "5d", "1e3s", "s5"])
def test_other_texts_are_no_durations(text: str):
    """What servers refuse is refused by the contract."""
    assert not validator("Duration").is_valid(text)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("a", True),
        ("my-sprite-2", True),
        ("a" * 63, True),
        ("", False),
        ("..", False),
        ("-a", False),
        ("a-", False),
        ("A", False),
        ("a/b", False),
        ("a" * 64, False),
    ],
)
def test_sprite_names_are_host_names(name: str, allowed: bool):
    """A name is part of a host name; the path and the body agree on what it is."""
    pattern = CONTRACT["components"]["parameters"]["SpriteName"]["schema"]["pattern"]

    assert pattern == SCHEMAS["SpriteCreate"]["properties"]["name"]["pattern"]
    assert bool(re.fullmatch(pattern, name)) is allowed


def test_every_answer_permits_unknown_fields_and_values():
    """A server that learned something new still keeps the contract."""
    newer = {"name": "a", "status": "hibernating", "colour": "blue", "labels": None}

    assert validator("SpriteInfo").is_valid(newer)
