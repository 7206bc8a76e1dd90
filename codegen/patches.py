"""What we change in the templates of openapi-python-client, as a table.

Each patch names an anchor in the installed template. `templates.py` insists that the anchor is
there exactly as often as stated, so a new version that moves it stops the generation.
"""

from __future__ import annotations

from typing import NamedTuple


class Patch(NamedTuple):
    """Replace one text of a template; `{block}` files hold the longer replacements."""

    template: str
    anchor: str
    replacement: str
    times: int = 1


ENDPOINT = "endpoint_module.py.jinja"
CLIENT = "client.py.jinja"
MODEL = "model.py.jinja"
TYPES = "types.py.jinja"
UNION = "property_templates/union_property.py.jinja"

# Others call the builders, so they are public.
PUBLIC_BUILDERS = [
    Patch(ENDPOINT, "def _get_kwargs(", "def get_kwargs("),
    Patch(ENDPOINT, "kwargs = _get_kwargs(", "kwargs = get_kwargs(", times=2),
]

# A path parameter of `..` would be folded away by the HTTP client and hit another resource.
SAFE_PATHS = [
    Patch(
        ENDPOINT,
        '{{parameter.python_name}}=quote(str({{parameter.python_name}}), safe=""),',
        "{{parameter.python_name}}=path_segment({{parameter.python_name}}),",
    ),
    Patch(ENDPOINT, "from urllib.parse import quote\n", ""),
    Patch(
        ENDPOINT,
        "from ...types import Response, UNSET",
        "from ...types import Response, UNSET, is_json, path_segment",
    ),
    Patch(
        TYPES,
        "from attrs import define\n",
        "from typing import TYPE_CHECKING\nfrom urllib.parse import quote\n\n"
        "from attrs import define\n\nif TYPE_CHECKING:\n    import httpx\n",
    ),
    Patch(TYPES, "@define\nclass File:", "{block:helpers}\n\n@define\nclass File:"),
    Patch(TYPES, '"Unset"]', '"Unset", "is_json", "path_segment"]'),
]

# A body that is not given has no type either.
NO_BODY_NO_TYPE = [
    Patch(
        ENDPOINT,
        '    headers["Content-Type"] = "{{ body.content_type | in_double_quote_literal }}"\n'
        "    {% endif %}\n{% endif %}",
        "    {% if not body.prop.required %}\n"
        "    if not isinstance(body, Unset):\n"
        '        headers["Content-Type"] = "{{ body.content_type | in_double_quote_literal }}"\n'
        "    {% else %}\n"
        '    headers["Content-Type"] = "{{ body.content_type | in_double_quote_literal }}"\n'
        "    {% endif %}\n    {% endif %}\n{% endif %}",
    ),
]

# Streams and WebSockets get no calling functions: those would wait for the whole body.
STREAMS = [
    Patch(ENDPOINT, "from typing import Any, cast", "from typing import Any, TypeAlias, cast"),
    Patch(
        ENDPOINT,
        "{% set return_string = endpoint.response_type() %}",
        "{block:detect}\n{% set return_string = PythonCode(answers) %}",
    ),
    Patch(
        ENDPOINT,
        "{% if endpoint.responses.default %}\n    {% set return_type",
        "{block:stream}\n{% if wire.callable %}\n"
        "{% if endpoint.responses.default %}\n    {% set return_type",
    ),
    Patch(
        ENDPOINT,
        "    return (await asyncio_detailed(\n        {{ kwargs(endpoint) }}\n"
        "    )).parsed\n{% endif %}\n",
        "    return (await asyncio_detailed(\n        {{ kwargs(endpoint) }}\n"
        "    )).parsed\n{% endif %}\n{% endif %}\n",
    ),
]

# A gateway's HTML page is no reason to raise JSONDecodeError: the status says what happened.
JSON_ONLY_IF_JSON = [
    Patch(
        ENDPOINT,
        "    {% endif %}\n        {{ parse_response(parsed_responses, response) | indent(8) }}",
        "    {% endif %}\n"
        '        {% if parsed_responses and response.source.attribute == "response.json()" %}\n'
        "        if not is_json(response):\n            return None\n        {% endif %}\n"
        '        {% if response.source.attribute == "None" %}\n        return None\n'
        "        {% else %}\n"
        "        {{ parse_response(parsed_responses, response) | indent(8) }}\n        {% endif %}",
    ),
]

# Servers and proxies send statuses that the standard library's enum does not know.
ANY_STATUS = [
    Patch(
        ENDPOINT,
        "status_code=HTTPStatus(response.status_code),",
        "status_code=response.status_code,",
    ),
    Patch(ENDPOINT, "from http import HTTPStatus\n", ""),
    Patch(TYPES, "from http import HTTPStatus\n", ""),
    Patch(TYPES, "status_code: HTTPStatus", "status_code: int"),
]

# No secret in a repr, and no call without a bound.
CLIENTS = [
    Patch(
        CLIENT,
        '"token": namespace(type="str", default="",',
        '"token": namespace(type="str", default="field(repr=False)",',
    ),
    Patch(CLIENT, 'kw_only=True, alias="cookies")', 'kw_only=True, repr=False, alias="cookies")'),
    Patch(CLIENT, 'kw_only=True, alias="headers")', 'kw_only=True, repr=False, alias="headers")'),
    Patch(
        CLIENT,
        'kw_only=True, alias="httpx_args")',
        'kw_only=True, repr=False, alias="httpx_args")',
    ),
    Patch(
        CLIENT,
        "_timeout: httpx.Timeout | None = field(default=None,",
        "_timeout: httpx.Timeout | None = field(default=httpx.Timeout(30.0),",
    ),
]

# Neither in the repr of what was marked as secret in the contract.
SECRET_MODELS = [
    Patch(
        MODEL,
        "@_attrs_define\nclass {{ class_name }}:",
        '{% set secret = (model.data.model_extra or {}).get("x-secret") %}\n'
        "@_attrs_define{% if secret %}(repr=False){% endif %}\n\nclass {{ class_name }}:",
    ),
    Patch(
        MODEL,
        "    def to_dict(self) -> dict[str, Any]:",
        "    {% if secret %}\n    def __repr__(self) -> str:\n"
        '        return "{{ class_name }}(...)"\n\n    {% endif %}\n'
        "    def to_dict(self) -> dict[str, Any]:",
    ),
]

# The sentinel stays itself through copy and pickle, and prints its name.
UNSET = [
    Patch(
        TYPES,
        "    def __bool__(self) -> Literal[False]:\n        return False\n",
        "    def __bool__(self) -> Literal[False]:\n        return False\n\n"
        '    def __repr__(self) -> str:\n        return "UNSET"\n\n'
        '    def __reduce__(self) -> str:\n        return "UNSET"\n',
    ),
]

# `X or null` reads X strictly: as generated it would hand out what it failed to read, typed as X.
NULLABLE = [
    Patch(
        UNION,
        "    {% set ns = namespace(contains_unmodified_properties = false) %}\n",
        "    {% set ns = namespace(contains_unmodified_properties = false) %}\n"
        "    {% set solid = namespace(count = 0) %}\n"
        "    {% for inner_property in property.inner_properties %}\n"
        '    {% if inner_property.get_base_type_string() != PythonCode("None") %}\n'
        "    {% set solid.count = solid.count + 1 %}\n"
        "    {% endif %}\n"
        "    {% endfor %}\n",
    ),
    Patch(
        UNION,
        "{% if not inner_template.construct %}\n            {% set ns.contains",
        '{% if solid.count == 1 and inner_property.get_base_type_string() == PythonCode("None") %}'
        "\n            {% continue %}\n        {% endif %}\n"
        "        {% if not inner_template.construct %}\n            {% set ns.contains",
    ),
    Patch(
        UNION,
        "check_type_for_construct and (not loop.last or ns.contains_unmodified_properties) %}",
        "check_type_for_construct and solid.count > 1"
        " and (not loop.last or ns.contains_unmodified_properties) %}",
    ),
]

PATCHES = [
    *PUBLIC_BUILDERS,
    *SAFE_PATHS,
    *NO_BODY_NO_TYPE,
    *STREAMS,
    *JSON_ONLY_IF_JSON,
    *ANY_STATUS,
    *CLIENTS,
    *SECRET_MODELS,
    *UNSET,
    *NULLABLE,
]

# Whole templates of ours, by the name of the original and the block that replaces it.
REPLACED = {
    "literal_enum.py.jinja": "literal_enum",
    "package_init.py.jinja": "package_init",
    # Nobody should wait for a hundred modules to use three of them.
    "models_init.py.jinja": "models_init",
    "endpoint_init.py.jinja": "endpoint_init",
}
