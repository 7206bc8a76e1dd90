"""Servers that break the laws of checkpoints, one plausible bug each, and the law that tells."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from attrs import define, field, frozen

from tests.contract.proxy import Call, Fault, Reply, Send, SocketFault, fault

_SPRITE = r"/v1/sprites/[^/]+"
_CHECKPOINT = rf"POST {_SPRITE}/checkpoint"
_RESTORE = rf"POST {_SPRITE}/checkpoints/[^/]+/restore"
_LIST = rf"GET {_SPRITE}/checkpoints"
_HOME = "/home/sprite/laws"


@frozen
class LawMutant:
    """A bug, and the law that must be found broken."""

    law: str
    fault: Fault | SocketFault

    def __str__(self) -> str:
        return self.fault.name


async def _shell(call: Call, send: Send, script: str) -> None:
    sprite = call.path.split("/")[3]
    query = f"cmd=sh&cmd=-c&cmd={quote(script)}&dir={_HOME}"
    headers = {"authorization": call.headers["authorization"]}
    await send(Call("POST", f"/v1/sprites/{sprite}/exec", query, headers, b""))


def _after(script: str) -> Callable[[Call, Send], Awaitable[Reply]]:
    async def around(call: Call, send: Send) -> Reply:
        reply = await send(call)
        if reply.status == 200:
            await _shell(call, send, script)
        return reply

    return around


async def _end_commands(call: Call, send: Send) -> Reply:
    sessions = call.path.replace("/checkpoint", "/exec")
    headers = {"authorization": call.headers["authorization"]}
    listed = await send(Call("GET", sessions, "", headers, b""))
    for session in listed.data["sessions"] if listed.status == 200 else ():
        path = f"{sessions}/{session['id']}/kill"
        await send(Call("POST", path, "signal=KILL", headers, b""))
    return await send(call)


async def _lose_a_byte_written(call: Call, send: Send) -> Reply:
    call.body = call.body[:-1]
    return await send(call)


async def _shift_ranges(call: Call, send: Send) -> Reply:
    if asked := re.fullmatch("bytes=([0-9]+)-([0-9]+)", call.headers.get("range", "")):
        call.headers["range"] = f"bytes={int(asked[1]) + 1}-{int(asked[2]) + 1}"
    return await send(call)


async def _not_allowed(_call: Call, _send: Send) -> Reply:
    return Reply(405, b'{"error":"method not allowed"}', {"content-type": "application/json"})


async def _refuse_within_the_stream(call: Call, send: Send) -> Reply:
    reply = await send(call)
    if reply.status in {404, 409}:
        event = {"type": "error", "error": "Failed to restore checkpoint: not found"}
        body = json.dumps(event).encode() + b"\n"
        return Reply(200, body, {"content-type": "application/x-ndjson"})
    return reply


async def _bring_back_nothing(call: Call, send: Send) -> Reply:
    """Say that processes came back, and end them."""
    reply = await send(call)
    if reply.status == 200 and b'"complete"' in reply.body:
        await _shell(call, send, "pkill sleep")
        reply.body = b'{"type":"info","data":"Processes: brought back"}\n' + reply.body
    return reply


def _on_service(action: str) -> Callable[[Call, Send], Awaitable[Reply]]:
    """Do something about every service when the call was done."""

    async def around(call: Call, send: Send) -> Reply:
        reply = await send(call)
        services = f"{'/'.join(call.path.split('/')[:4])}/services"
        headers = {"authorization": call.headers["authorization"]}
        listed = await send(Call("GET", services, "", headers, b""))
        for service in listed.data if reply.status == 200 and listed.status == 200 else ():
            path = f"{services}/{service['name']}/{action}"
            await send(Call("POST", path, "duration=0s", headers, b""))
        return reply

    return around


def _with_query(pattern: str, text: str) -> Callable[[Call, Send], Awaitable[Reply]]:
    """Change the query of a call."""

    async def around(call: Call, send: Send) -> Reply:
        call.query = re.sub(pattern, text, call.query)
        return await send(call)

    return around


def _always_succeed(reply: Reply) -> None:
    reply.body = reply.body.replace(b"\x03\x07", b"\x03\x00")


def _mix_outputs(reply: Reply) -> None:
    reply.body = reply.body.replace(b"\x02err", b"\x01err")


def _keep_one_label(reply: Reply) -> None:
    reply.put(reply.data | {"labels": reply.data.get("labels", [])[-1:]})


async def _do_nothing(_call: Call, _send: Send) -> Reply:
    return Reply(204, b"")


@define
class _SameIds:
    """Takes a new sprite for the one that had its name before."""

    known: dict[str, str] = field(factory=dict)

    async def around(self, call: Call, send: Send) -> Reply:
        reply = await send(call)
        if reply.status == 200:
            name = str(reply.data["name"])
            reply.put(reply.data | {"id": self.known.setdefault(name, reply.data["id"])})
        return reply


def _list_none(reply: Reply) -> None:
    reply.put({"count": 0, "sessions": []})


def _tell_no_id(reply: Reply) -> None:
    reply.body = re.sub(rb"\bv[0-9]+\b", b"it", reply.body)


def _lose_automatic(reply: Reply) -> None:
    reply.put([entry for entry in reply.data if not entry["is_auto"]])


def _say_created(reply: Reply) -> None:
    reply.status = 202


def _fail_silently(reply: Reply) -> None:
    reply.body = reply.body[:-1] + b"\x01"


def _be_no_json(reply: Reply) -> None:
    reply.body = b"{" + reply.body


async def _only_say_so(call: Call, send: Send) -> Reply:
    """Report a restore that did not happen."""
    look = Call("GET", call.path.removesuffix("/restore"), "", dict(call.headers), b"")
    found = await send(look)
    if found.status != 200 or "/Current/" in call.path:
        return await send(call)
    return _done("Restore complete")


async def _restore_anything(call: Call, send: Send) -> Reply:
    reply = await send(call)
    return _done("Restore complete") if reply.status in {404, 409} else reply


def _done(text: str) -> Reply:
    event = json.dumps({"type": "complete", "data": text}).encode() + b"\n"
    return Reply(200, event, {"content-type": "application/x-ndjson"})


async def _delete_nothing(_call: Call, _send: Send) -> Reply:
    return Reply(204, b"")


async def _show_automatic(call: Call, send: Send) -> Reply:
    call.query = f"{call.query}&includeAuto=true" if call.query else "includeAuto=true"
    return await send(call)


async def _ignore_the_filter(call: Call, send: Send) -> Reply:
    call.query = re.sub("history=[^&]*", "", call.query)
    return await send(call)


async def _say_error(call: Call, send: Send) -> Reply:
    reply = await send(call)
    if reply.status == 200:
        event = {"type": "error", "error": "Failed to create checkpoint"}
        reply.body = json.dumps(event).encode() + b"\n"
    return reply


def _in_entries(change: Callable[[dict[str, object]], None]) -> Callable[[Reply], None]:
    def apply(reply: Reply) -> None:
        data = reply.data
        for entry in data if isinstance(data, list) else [data]:
            change(entry)
        reply.put(data)

    return apply


def _strip_comment(entry: dict[str, object]) -> None:
    entry.pop("comment", None)


def _reverse_history(entry: dict[str, object]) -> None:
    if isinstance(history := entry.get("history"), list):
        history.reverse()


def _lose_the_zone(entry: dict[str, object]) -> None:
    entry["create_time"] = str(entry["create_time"]).removesuffix("Z")


def _an_hour_early(entry: dict[str, object]) -> None:
    told = datetime.fromisoformat(str(entry["create_time"])) - timedelta(hours=1)
    entry["create_time"] = told.isoformat()


def _oldest_first(reply: Reply) -> None:
    if isinstance(data := reply.data, list) and data:
        reply.put([data[0], *data[:0:-1]])


def _skip_one(reply: Reply) -> None:
    """Lose the last sprite of a page that is followed by another."""
    data = reply.data
    if data.get("next_continuation_token"):
        data["sprites"] = data["sprites"][:-1]
    reply.put(data)


async def _one_too_many(call: Call, send: Send) -> Reply:
    call.query = re.sub(
        "max_results=([0-9]+)", lambda found: f"max_results={int(found[1]) + 1}", call.query
    )
    return await send(call)


async def _decode_twice(call: Call, send: Send) -> Reply:
    call.query = call.query.replace("%25", "%")
    return await send(call)


def _lose_a_byte(reply: Reply) -> None:
    reply.body = reply.body[:65_536]


@define
class _StaleSessions:
    """Goes on to list sessions that have ended."""

    known: dict[str, object] = field(factory=dict)

    async def around(self, call: Call, send: Send) -> Reply:
        reply = await send(call)
        if reply.status == 200:
            self.known |= {entry["id"]: entry for entry in reply.data["sessions"]}
            reply.put({"count": len(self.known), "sessions": list(self.known.values())})
        return reply


@define
class _CountDown:
    """Turns the numbers of checkpoints around, on the way in and out."""

    top: int = 900

    async def around(self, call: Call, send: Send) -> Reply:
        call.path = self._turn(call.path, r"(?<=/checkpoints/v)([0-9]+)")
        call.query = self._turn(call.query, r"(?<=history=v)([0-9]+)")
        reply = await send(call)
        text = reply.body.decode()
        reply.body = self._turn(text, r"(?<=\bv)([0-9]+)\b(?!\.)").encode()
        return reply

    def _turn(self, text: str, pattern: str) -> str:
        return re.sub(pattern, lambda found: str(self._other(int(found[1]))), text)

    def _other(self, number: int) -> int:
        return number if number in {0, 99_999} else self.top - number


def law_mutants() -> list[LawMutant]:
    """Return them all."""
    files = r"find . -type f | sort | head -1"
    return [
        LawMutant(law, bug)
        for law, bug in (
            ("restored_files", Fault("restore-keeps-a-new-file", _RESTORE, _after("echo > new"))),
            ("restored_files", Fault("lost-file", _RESTORE, _after(f'rm -f "$({files})"'))),
            ("restored_files", Fault("lost-mode", _RESTORE, _after(f'chmod 666 "$({files})"'))),
            ("restored_exactly", Fault("lost-time", _RESTORE, _after(f'touch "$({files})"'))),
            (
                "restored_files",
                Fault("lost-contents", _RESTORE, _after(f'echo more >> "$({files})"')),
            ),
            (
                "restored_files",
                Fault("restore-that-does-nothing", _RESTORE, _only_say_so),
            ),
            ("not_restorable", Fault("current-is-restorable", _RESTORE, _restore_anything)),
            ("checkpoint", Fault("checkpoint-that-fails", _CHECKPOINT, _say_error)),
            ("one_more", fault("checkpoint-not-listed", _LIST, lambda reply: reply.put([]))),
            (
                "commands_run_on",
                Fault("checkpoint-ends-commands", _CHECKPOINT, _end_commands),
            ),
            (
                "unknown_is_404",
                Fault("deleted-stays", rf"DELETE {_SPRITE}/checkpoints/[^/]+", _delete_nothing),
            ),
            ("listed", Fault("automatic-shown-unasked", _LIST, _show_automatic)),
            ("listed", fault("list-oldest-first", _LIST, _oldest_first)),
            ("history_filter", Fault("filter-ignored", _LIST, _ignore_the_filter)),
            ("comment", fault("lost-comment", rf"{_LIST}.*", _in_entries(_strip_comment))),
            (
                "history",
                fault("history-newest-first", rf"{_LIST}.*", _in_entries(_reverse_history)),
            ),
            (
                "sessions_end",
                Fault("ended-session-listed", rf"GET {_SPRITE}/exec", _StaleSessions().around),
            ),
            ("create_time", fault("time-without-zone", rf"{_LIST}.*", _in_entries(_lose_the_zone))),
            ("create_time", fault("time-an-hour-off", rf"{_LIST}.*", _in_entries(_an_hour_early))),
            ("get_is_listed", fault("get-differs", rf"{_LIST}/[^/]+", _in_entries(_strip_comment))),
            (
                "ids_grow",
                Fault("ids-shrink", rf".* {_SPRITE}/checkpoint.*", _CountDown().around),
            ),
            ("pages", fault("page-off-by-one", r"GET /v1/sprites", _skip_one)),
            (
                "prefix",
                Fault("prefix-anywhere", r"GET /v1/sprites", _with_query("prefix=o", "prefix=co")),
            ),
            ("page_size", Fault("page-too-long", r"GET /v1/sprites", _one_too_many)),
            ("files", Fault("last-byte-not-written", r"PUT .*/fs/write", _lose_a_byte_written)),
            ("sessions", fault("sessions-not-listed", rf"GET {_SPRITE}/exec", _list_none)),
            ("sockets_end", SocketFault("socket-that-stays", r".*/exec", lingers=True)),
            ("named", fault("id-not-told", _CHECKPOINT, _tell_no_id)),
            ("restore", Fault("restore-that-fails", _RESTORE, _say_error)),
            ("processes", Fault("processes-lost", _RESTORE, _bring_back_nothing)),
            ("kept_automatically", fault("present-not-kept", _LIST, _lose_automatic)),
            (
                "deletable",
                Fault("no-deletion", rf"DELETE {_SPRITE}/checkpoints/[^/]+", _not_allowed),
            ),
            ("refused_by_status", Fault("refused-by-event", _RESTORE, _refuse_within_the_stream)),
            ("services_run", Fault("restore-stops-services", _RESTORE, _on_service("stop"))),
            (
                "services_stop",
                Fault("checkpoint-starts-services", _CHECKPOINT, _on_service("start")),
            ),
            (
                "services_gone",
                Fault("service-stays", rf"DELETE {_SPRITE}/services/[^/]+", _delete_nothing),
            ),
            ("answers", fault("another-status", r"PUT .*/fs/write", _say_created)),
            ("commands", fault("another-exit-code", rf"POST {_SPRITE}/exec", _fail_silently)),
            ("program", fault("list-that-is-no-json", _LIST, _be_no_json)),
            ("ranges", Fault("range-off-by-one", r"GET .*/fs/read", _shift_ranges)),
            ("exit_codes", fault("code-lost", rf"POST {_SPRITE}/exec", _always_succeed)),
            ("output", fault("outputs-mixed", rf"POST {_SPRITE}/exec", _mix_outputs)),
            (
                "surroundings",
                Fault("variables-lost", rf"POST {_SPRITE}/exec", _with_query("env=[^&]*", "")),
            ),
            (
                "signals",
                Fault("always-killed", r"POST .*/kill", _with_query("signal=TERM", "signal=KILL")),
            ),
            ("logs", Fault("whole-log", r"GET .*/logs", _with_query("lines=[^&]*", ""))),
            ("policies", Fault("policy-not-kept", r"POST .*/policy/resources", _do_nothing)),
            ("policies", Fault("policy-stays", r"DELETE .*/policy/privileges", _do_nothing)),
            ("settings", fault("one-label", rf"GET {_SPRITE}", _keep_one_label)),
            (
                "refusals",
                Fault(
                    "always-recursive", r"DELETE .*/fs/delete", _with_query("$", "&recursive=true")
                ),
            ),
            ("new_life", Fault("same-id", rf"GET {_SPRITE}", _SameIds().around)),
            ("names", Fault("name-decoded-twice", r"(PUT|GET) .*/fs/(read|write)", _decode_twice)),
            ("contents", fault("last-block-lost", r"GET .*/fs/read", _lose_a_byte)),
        )
    ]


def mutants_for_luck() -> list[LawMutant]:
    """Return bugs that the fixed program does not meet: random programs have to find them."""
    return [
        LawMutant(
            "restored_files",
            Fault("page-lost", _RESTORE, _after("find . -type f -size +3k -delete")),
        ),
        LawMutant(
            "restored_files",
            Fault("file-called-l-lost", _RESTORE, _after("[ -h l ] || rm -f l")),
        ),
    ]
