"""Files over HTTP: read, write, list, delete, rename, copy, chmod, chown."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sprites_local import times
from sprites_local.accounts import group_id, user_id
from sprites_local.engines.base import FileInfo
from sprites_local.file_response import FileResponse
from sprites_local.files import FileManager, Target, invalid, resolve
from sprites_local.http import body_chunks, json_response, read_json
from sprites_local.routing import resource
from sprites_local.writing import copy, write

WRITE_LIMIT = 16 << 20
_SPOOL_IN_MEMORY = 1 << 20


class FileRoutes:
    """Answers about files."""

    def __init__(self, files: FileManager) -> None:
        self._files = files

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        path = "/v1/sprites/{name}/fs"
        return [
            resource(f"{path}/read", get=self.read),
            resource(f"{path}/write", put=self.write),
            resource(f"{path}/list", get=self.entries),
            resource(f"{path}/delete", delete=self.delete),
            resource(f"{path}/rename", post=self.rename),
            resource(f"{path}/copy", post=self.copy),
            resource(f"{path}/chmod", post=self.chmod),
            resource(f"{path}/chown", post=self.chown),
        ]

    async def read(self, request: Request) -> Response:
        """Stream a file, or a range of it."""
        target = _target(request, _from_query(request.query_params))
        descriptor = await self._files.open(target, os.O_RDONLY)
        return FileResponse(descriptor, request.headers.get("range"), target.path)

    async def write(self, request: Request) -> Response:
        """Replace or create a file by the body."""
        fields = _from_query(request.query_params)
        target = _target(request, fields)
        mode = _mode(fields, target.path)
        parents = all(_flag(fields, key, default=True) for key in ("mkdirParents", "mkdir"))
        with tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY) as spool:
            async for chunk in body_chunks(request, WRITE_LIMIT):
                spool.write(chunk)
            size = spool.tell()
            mode = await write(self._files, target, spool, mode=mode, parents=parents)
        return json_response({"path": target.path, "size": size, "mode": f"{mode:04o}"})

    async def entries(self, request: Request) -> Response:
        """List a directory, or show one file."""
        fields = _from_query(request.query_params)
        target = _target(request, fields)
        found = await self._files.entries(
            target,
            recursive=_flag(fields, "recursive"),
            pattern=str(fields.get("pattern", "")),
        )
        entries = [_entry(info) for info in found]
        return json_response({"path": target.path, "entries": entries, "count": len(entries)})

    async def delete(self, request: Request) -> Response:
        """Delete what the query names, else what the body names."""
        fields = _from_query(request.query_params)
        if "path" not in fields:
            fields = await read_json(request)
        target = _target(request, fields)
        deleted = await self._files.delete(target, recursive=_flag(fields, "recursive"))
        return json_response({"deleted": deleted, "count": len(deleted)})

    async def rename(self, request: Request) -> Response:
        """Rename a file or a directory."""
        fields = await read_json(request)
        target, dest = _pair(request, fields)
        await self._files.rename(target, dest)
        return json_response({"source": target.path, "dest": dest})

    async def copy(self, request: Request) -> Response:
        """Copy a file or a directory."""
        fields = await read_json(request)
        target, dest = _pair(request, fields)
        copied = await copy(
            self._files,
            target,
            dest,
            recursive=_flag(fields, "recursive"),
            attributes=_flag(fields, "preserveAttrs"),
        )
        return json_response(
            {
                "copied": [{"source": one.source, "dest": one.dest} for one in copied],
                "count": len(copied),
                "totalBytes": sum(one.size for one in copied),
            }
        )

    async def chmod(self, request: Request) -> Response:
        """Set permission bits."""
        fields = await read_json(request)
        target = _target(request, fields)
        mode = _mode(fields, target.path)
        if mode is None:
            raise invalid("mode is required", target.path)
        found = await self._files.chmod(target, mode, recursive=_flag(fields, "recursive"))
        affected = [{"path": info.path, "mode": f"{mode:04o}"} for info in found]
        return json_response({"affected": affected, "count": len(affected)})

    async def chown(self, request: Request) -> Response:
        """Set owner and group, by number or name."""
        fields = await read_json(request)
        target = _target(request, fields)
        if fields.get("uid") is None and fields.get("gid") is None:
            raise invalid("uid or gid is required", target.path)
        owner = (
            await user_id(self._files, target, fields.get("uid")),
            await group_id(self._files, target, fields.get("gid")),
        )
        found = await self._files.chown(target, owner, recursive=_flag(fields, "recursive"))
        affected = [{"path": info.path, "uid": info.uid, "gid": info.gid} for info in found]
        return json_response({"affected": affected, "count": len(affected)})


def _from_query(query: QueryParams) -> dict[str, Any]:
    return dict(query)


def _target(request: Request, fields: dict[str, Any], key: str = "path") -> Target:
    path = resolve(_text(fields, key), _text(fields, "workingDir") or "/")
    return Target(request.path_params["name"], path, _flag(fields, "asRoot"))


def _pair(request: Request, fields: dict[str, Any]) -> tuple[Target, str]:
    dest = resolve(_text(fields, "dest"), _text(fields, "workingDir") or "/")
    return _target(request, fields, "source"), dest


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str | None):
        raise invalid(f"{key} must be a string", "")
    if value is None and key != "workingDir":
        raise invalid(f"{key} is required", "")
    return value or ""


def _flag(fields: dict[str, Any], key: str, *, default: bool = False) -> bool:
    value = fields.get(key)
    if value is None:
        return default
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False, "": False}.get(value.lower())
    if not isinstance(value, bool):
        raise invalid(f"{key} must be true or false", "")
    return value


def _mode(fields: dict[str, Any], path: str) -> int | None:
    text = fields.get("mode")
    if text is None or text == "":
        return None
    # A number would be read as decimal by some and as octal by others.
    digits = text.removeprefix("0o") if isinstance(text, str) else ""
    if not (0 < len(digits) <= 5 and set(digits) <= set("01234567")) or int(digits, 8) > 0o7777:
        raise invalid("mode must be octal permission bits", path)
    return int(digits, 8)


def _entry(info: FileInfo) -> dict[str, Any]:
    return {
        "name": _shown(info.name),
        "path": _shown(info.path),
        # The wire knows three types; devices, pipes and sockets go as files.
        "type": "file" if info.type == "other" else info.type,
        "size": info.size,
        "mode": f"{info.mode:04o}",
        "modTime": times.nanoseconds(info.mtime_ns),
        "isDir": info.type == "directory",
    }


def _shown(name: str) -> str:
    """Write a name that is no UTF-8 with replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")
