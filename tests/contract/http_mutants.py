"""Servers that break the contract over HTTP, one plausible bug each, and the check that tells."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from attrs import frozen

from tests.contract.proxy import Call, Fault, Reply, Send, fault

_SPRITE = r"/v1/sprites/[^/]+"


@frozen
class Mutant:
    """A bug, the operation that has it, and the check that must find it."""

    operation: str
    check: str
    fault: Fault

    def __str__(self) -> str:
        return self.fault.name


def _lose_the_end(reply: Reply) -> None:
    reply.body = b"".join(line for line in reply.lines if b'"complete"' not in line)


def _complete_early(reply: Reply) -> None:
    *progress, last = reply.lines
    reply.body = b"".join([last, *progress])


def _complete_twice(reply: Reply) -> None:
    reply.body += reply.lines[-1]


def _lose_a_type(reply: Reply) -> None:
    first, *others = reply.lines
    event = json.loads(first)
    del event["type"]
    reply.body = b"".join([json.dumps(event).encode() + b"\n", *others])


def _spoil_a_line(reply: Reply) -> None:
    reply.body = b"{broken\n" + reply.body


def _lose_the_last_newline(reply: Reply) -> None:
    reply.body = reply.body.rstrip(b"\n")


def _lose_the_exit(reply: Reply) -> None:
    reply.body = reply.body[:-2]


def _lose_times(reply: Reply) -> None:
    reply.put([{key: entry[key] for key in entry if key != "create_time"} for entry in reply.data])


def _lose_the_name(reply: Reply) -> None:
    reply.put({key: value for key, value in reply.data.items() if key != "name"})


def _count_in_words(reply: Reply) -> None:
    reply.put(reply.data | {"count": "none"})


def _call_it_html(reply: Reply) -> None:
    reply.headers["content-type"] = "text/html"


def _say_created(reply: Reply) -> None:
    reply.status = 201


def _say_accepted(reply: Reply) -> None:
    reply.status = 202


def _say_unavailable(reply: Reply) -> None:
    reply.status, reply.body = 500, b"oops\n"
    reply.headers["content-type"] = "text/plain"


def _without_asking(token: str) -> Fault:
    async def around(call: Call, send: Send) -> Reply:
        call.headers["authorization"] = f"Bearer {token}"
        return await send(call)

    return Fault("unauthenticated-route", rf"GET {_SPRITE}", around)


async def _never_found(_call: Call, _send: Send) -> Reply:
    return Reply(404, b'{"error":"no such file"}', {"content-type": "application/json"})


async def _do_nothing(call: Call, send: Send) -> Reply:
    look = Call("GET", call.path, "", dict(call.headers), b"")
    found = await send(look)
    return Reply(204, b"") if found.status == 200 else found


async def _take_anything(call: Call, send: Send) -> Reply:
    reply = await send(call)
    if reply.status != 400:
        return reply
    look = await send(Call("GET", call.path, "", {**call.headers}, b""))
    return look if look.status == 200 else reply


async def _refuse_some(call: Call, send: Send) -> Reply:
    refused = b'"mode":"0755"' in call.body.replace(b" ", b"")
    if refused:
        return Reply(400, b'{"error":"bad mode"}', {"content-type": "application/json"})
    return await send(call)


async def _answer_patch(_call: Call, _send: Send) -> Reply:
    return Reply(200, b"[]", {"content-type": "application/json"})


async def _allow_nothing(call: Call, send: Send) -> Reply:
    reply = await send(call)
    reply.headers["allow"] = "PATCH"
    return reply


async def _rule_what_is_not_there(call: Call, send: Send) -> Reply:
    reply = await send(call)
    if reply.status != 404:
        return reply
    return Reply(200, b'{"rules":[]}', {"content-type": "application/json"})


async def _refuse_patterns(call: Call, send: Send) -> Reply:
    reply = await send(call)
    if parse_qs(call.query).get("pattern"):
        return Reply(400, b'{"error":"no patterns"}', {"content-type": "application/json"})
    return reply


def http_mutants(token: str) -> list[Mutant]:
    """Return them all; one needs the token that a server should have asked for."""
    checkpoint, service = rf"POST {_SPRITE}/checkpoint", rf"{_SPRITE}/services/[^/]+"
    restore = rf"POST {_SPRITE}/checkpoints/[^/]+/restore"
    return [
        Mutant(operation, check, bug)
        for operation, check, bug in (
            (
                "create_checkpoint",
                "stream_outcome",
                fault("complete-before-done", checkpoint, _complete_early),
            ),
            (
                "restore_checkpoint",
                "stream_outcome",
                fault("stream-without-terminal-event", restore, _lose_the_end),
            ),
            (
                "kill_session",
                "stream_outcome",
                fault("kill-without-complete", rf"POST {_SPRITE}/exec/.*/kill", _lose_the_end),
            ),
            (
                "stop_service",
                "stream_outcome",
                fault("complete-twice", rf"POST {service}/stop", _complete_twice),
            ),
            (
                "get_service_logs",
                "response_schema_conformance",
                fault("event-without-type", rf"GET {service}/logs", _lose_a_type),
            ),
            (
                "start_service",
                "response_schema_conformance",
                fault("line-that-is-no-json", rf"POST {service}/start", _spoil_a_line),
            ),
            (
                "list_checkpoints",
                "response_schema_conformance",
                fault("missing-field-in-list", rf"GET {_SPRITE}/checkpoints", _lose_times),
            ),
            (
                "list_sessions",
                "response_schema_conformance",
                fault("number-as-text", rf"GET {_SPRITE}/exec", _count_in_words),
            ),
            ("get_sprite", "ignored_auth", _without_asking(token)),
            (
                "get_checkpoint",
                "content_type_conformance",
                fault("wrong-content-type", rf"GET {_SPRITE}/checkpoints/[^/]+", _call_it_html),
            ),
            (
                "rename_file",
                "status_code_conformance",
                fault("wrong-status", rf"POST {_SPRITE}/fs/rename", _say_created),
            ),
            (
                "set_resources_policy",
                "status_code_conformance",
                fault("undocumented-status", rf"POST {_SPRITE}/policy/resources", _say_accepted),
            ),
            (
                "check_sprite",
                "not_a_server_error",
                fault("crash", rf"GET {_SPRITE}/check", _say_unavailable),
            ),
            ("read_file", "success_seen", Fault("never-found", r"GET .*/fs/read", _never_found)),
            (
                "update_sprite",
                "negative_data_rejection",
                Fault("takes-anything", rf"PUT {_SPRITE}", _take_anything),
            ),
            (
                "change_file_mode",
                "positive_data_acceptance",
                Fault("refuses-what-is-valid", r"POST .*/fs/chmod", _refuse_some),
            ),
            (
                "delete_service",
                "gone_after_delete",
                Fault("delete-that-does-not", rf"DELETE {service}", _do_nothing),
            ),
            (
                "run_command",
                "command_frames",
                fault("no-exit-frame", rf"POST {_SPRITE}/exec", _lose_the_exit),
            ),
            (
                "list_services",
                "unsupported_method",
                Fault("answers-any-method", rf"PATCH {_SPRITE}/services", _answer_patch),
            ),
            (
                "list_services",
                "allow_header_conformance",
                Fault("wrong-allow-header", rf"OPTIONS {_SPRITE}/services", _allow_nothing),
            ),
            (
                "restore_checkpoint",
                "stream_outcome",
                fault("last-line-unterminated", restore, _lose_the_last_newline),
            ),
            (
                "get_sprite",
                "response_schema_conformance",
                fault("sprite-without-name", rf"GET {_SPRITE}", _lose_the_name),
            ),
            (
                "get_network_policy",
                "unknown_is_refused",
                Fault(
                    "unknown-sprite-answered",
                    rf"GET {_SPRITE}/policy/network",
                    _rule_what_is_not_there,
                ),
            ),
            (
                "list_files",
                "positive_data_acceptance",
                Fault("refuses-a-parameter", r"GET .*/fs/list", _refuse_patterns),
            ),
        )
    ]


def groups(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Put mutants together that are about different operations: one run finds them all."""
    found: list[list[Mutant]] = []
    for mutant in mutants:
        for group in found:
            if mutant.operation not in {each.operation for each in group}:
                group.append(mutant)
                break
        else:
            found.append([mutant])
    return found
