"""What the hosted platform was seen to do, by people who wrote it down, and what is told of it.

On a server that is not ours these are differences: told, and no failures. A server of one's own
has to keep what it breaks.
"""

LAWS = {
    "history_filter": "lines of plain text are answered instead of JSON",
    "history": "the field is not in the platform's own document",
    "create_time": "the time is that of the sealed layer, which can be begun before the call",
    "kept_automatically": "only some versions keep what a restore replaces",
    "deletable": "sources disagree whether checkpoints can be deleted from outside",
    "refused_by_status": "an unknown checkpoint is refused inside the stream, under 200",
    "unknown_is_404": "an unknown checkpoint was answered with 500",
    "get_is_listed": "the two answers were seen to differ in optional fields",
    "sockets_end": "the connection of a terminal may drop, or linger for some seconds",
}
"""By law."""

_UNKNOWN = "an unknown {} was answered with 500"
_DELETION = "sources disagree whether checkpoints can be deleted from outside"
_TEXT = "lines of plain text are answered when `history` is given"
CHECKS = {
    ("get_sprite", "not_a_server_error"): _UNKNOWN.format("sprite"),
    ("delete_sprite", "not_a_server_error"): _UNKNOWN.format("sprite"),
    ("delete_sprite", "gone_after_delete"): _UNKNOWN.format("sprite"),
    ("get_checkpoint", "not_a_server_error"): _UNKNOWN.format("checkpoint"),
    ("delete_checkpoint", "success_seen"): _DELETION,
    ("delete_checkpoint", "status_code_conformance"): _DELETION,
    ("restore_checkpoint", "unknown_is_refused"): LAWS["refused_by_status"],
    ("list_checkpoints", "content_type_conformance"): _TEXT,
    ("open_control", "socket_opens"): "clients do without the control socket where there is none",
}
"""By operation and check."""
