# Generated from openapi.yaml by `make generate`; do not edit.
"""Contains some shared types for properties"""

from collections.abc import Mapping, MutableMapping
from typing import IO, TYPE_CHECKING, BinaryIO, Generic, Literal, TypeVar
from urllib.parse import quote

from attrs import define

if TYPE_CHECKING:
    import httpx


class Unset:
    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Unset = Unset()

# The types that `httpx.Client(files=)` can accept, copied from that library.
FileContent = IO[bytes] | bytes | str
FileTypes = (
    # (filename, file (or bytes), content_type)
    tuple[str | None, FileContent, str | None]
    # (filename, file (or bytes), content_type, headers)
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


def is_json(response: "httpx.Response") -> bool:
    """Tell whether the server calls the body JSON; proxies answer in HTML or plain text."""
    media_type = str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def path_segment(value: object) -> str:
    """Quote one segment of a path; HTTP clients would fold away an empty or dotted one."""
    text = str(value)
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} cannot be a path segment")
    return quote(text, safe="")


@define
class File:
    """Contains information for file uploads"""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Return a tuple representation that httpx will accept for multipart/form-data"""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@define
class Response(Generic[T]):
    """A response from an endpoint"""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = [
    "UNSET",
    "File",
    "FileTypes",
    "RequestFiles",
    "Response",
    "Unset",
    "is_json",
    "path_segment",
]
