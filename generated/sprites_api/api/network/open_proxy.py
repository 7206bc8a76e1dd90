# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

from ...types import path_segment


def get_kwargs(
    name: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/proxy".format(
            name=path_segment(name),
        ),
    }

    return _kwargs
