"""Our templates are the installed ones with known changes, or the generation stops."""

from importlib.resources import files
from pathlib import Path

import pytest
from openapi_python_client.config import ConfigFile
from ruamel.yaml import YAML

from codegen.document import for_generator
from codegen.patches import PATCHES, REPLACED, Patch
from codegen.templates import AnchorError, patched, write_templates

CONFIG = Path(__file__).resolve().parents[2] / "codegen" / "config.yaml"
TYPES = "types.py.jinja"


def installed(name: str) -> str:
    """Read an original."""
    return files("openapi_python_client").joinpath("templates", name).read_text(encoding="utf-8")


def test_only_changed_templates_are_written(tmp_path: Path):
    """The generator takes everything else from its own package."""
    write_templates(tmp_path)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.jinja")}

    assert {patch.template for patch in PATCHES} | REPLACED.keys() == written
    assert all(installed(name) != (tmp_path / name).read_text("utf-8") for name in written)


def test_missing_anchor_stops_the_generation():
    """A new version of the generator that moved the place is noticed, not half patched."""
    with pytest.raises(AnchorError, match="'class Gone' stands 0 times, 1 expected"):
        patched([Patch(TYPES, "class Gone", "class Here")])


def test_ambiguous_anchor_stops_the_generation():
    """A place that stands twice now may be the wrong one."""
    with pytest.raises(AnchorError, match="stands 2 times, 1 expected"):
        patched([Patch(TYPES, "@define", "@frozen")])


def test_missing_template_stops_the_generation():
    """So does a template that is there no more."""
    with pytest.raises(AnchorError, match="no such template"):
        patched([Patch("gone.py.jinja", "a", "b")])


def test_patches_build_on_each_other():
    """Two patches of one template both count."""
    first = Patch(TYPES, "class Unset:", "class Missing:")
    text = patched([first, Patch(TYPES, "class Missing:", "class Absent:")])[TYPES]

    assert installed(TYPES).replace("class Unset:", "class Absent:") == text


def test_generator_knows_all_options():
    """It ignores an unknown option without a word."""
    options = YAML(typ="safe", pure=True).load(CONFIG.read_text(encoding="utf-8"))

    assert set(options) <= set(ConfigFile.model_fields)


def test_generator_reads_timestamps_as_text():
    """What the generator gets has no `date-time`; the contract itself keeps it."""
    stamp = {"type": "string", "format": "date-time"}
    document = {"paths": {}, "components": {"schemas": {"A": {"properties": {"time": stamp}}}}}

    assert for_generator(document)["components"]["schemas"]["A"]["properties"] == {
        "time": {"type": "string"}
    }
    assert stamp == {"type": "string", "format": "date-time"}


def test_generator_reads_answers_that_a_call_can_get():
    """An upgrade beside an answer, and bodies of answers to HEAD, are left out."""
    body = {"description": "Failed.", "content": {"application/json": {"schema": {}}}}
    both = {"responses": {"101": {"description": "Open."}, "200": {"description": "Fine."}}}
    socket = {"responses": {"101": {"description": "Open."}, "400": body}}
    head = {"responses": {"400": body}}
    paths = {"/a": {"get": both, "head": head}, "/b": {"get": socket}}
    result = for_generator({"paths": paths})["paths"]

    assert result["/a"]["get"]["responses"] == {"200": {"description": "Fine."}}
    assert result["/a"]["head"]["responses"] == {"400": {"description": "No body."}}
    assert socket == result["/b"]["get"]
