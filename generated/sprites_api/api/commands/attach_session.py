# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Any

from ...types import UNSET, Unset, path_segment


def get_kwargs(
    name: str,
    session_id: str,
    *,
    tty: bool | Unset = UNSET,
    stdin: bool | Unset = UNSET,
    cols: int | Unset = UNSET,
    rows: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["tty"] = tty

    params["stdin"] = stdin

    params["cols"] = cols

    params["rows"] = rows

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sprites/{name}/exec/{session_id}".format(
            name=path_segment(name),
            session_id=path_segment(session_id),
        ),
        "params": params,
    }

    return _kwargs
