"""How the process that runs schemathesis speaks: paced, patient with 429, bounded, and mortal.

Schemathesis asks in many places, checks of its own among them. They all come through one method of
`requests`, and only there can every request be kept apart from the one before.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ReadTimeoutError

from sprites_contract.drift import NDJSON
from sprites_contract.target import PATIENT_TRIES, Pace, pause_told

LONGEST_STREAM = 60.0
"""A stream that goes on for longer has no end."""
LONGEST_SILENCE = 5.0
"""How long a stream without an end is listened to when nothing comes."""
_CHUNK = 64 * 1024


def be_polite(pace: Pace) -> None:
    """Bound what this process sends, and what it listens to."""
    send = requests.Session.send

    def polite(
        session: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        endless = _never_ends(request)
        if endless:
            options["timeout"] = LONGEST_SILENCE
        for _ in range(PATIENT_TRIES - 1):
            pace.wait()
            answer = send(session, request, **options)
            if answer.status_code != 429:
                return _bounded(answer, endless=endless)
            answer.close()
            time.sleep(pause_told(answer.headers.get("retry-after", "")))
        pace.wait()
        return _bounded(send(session, request, **options), endless=endless)

    requests.Session.send = polite  # type: ignore[method-assign,assignment]


def _never_ends(request: requests.PreparedRequest) -> bool:
    """Tell whether the answer is the one stream that ends only when the client hangs up."""
    path = urlsplit(request.url or "").path
    return path.endswith("/v1/sprites") and NDJSON in str(request.headers.get("accept", ""))


def _bounded(answer: requests.Response, *, endless: bool) -> requests.Response:
    """Read a stream, but not for ever; what was read is what it said."""
    if not answer.headers.get("content-type", "").startswith(NDJSON):
        return answer
    body = b"".join(_read(answer, endless=endless))
    if endless:
        body = body[: body.rfind(b"\n") + 1]  # not half a line
    # Closed while `requests` takes it for unread, so that the connection is not used again.
    answer.close()
    answer._content = body
    answer._content_consumed = True
    return answer


def _read(answer: requests.Response, *, endless: bool) -> Iterator[bytes]:
    deadline = time.monotonic() + LONGEST_STREAM
    with suppress(ReadTimeoutError):
        while time.monotonic() < deadline:
            chunk = answer.raw.read1(_CHUNK, decode_content=True)
            yield chunk
            if not chunk or (endless and b"\n" in chunk):
                return


def end_with(descriptor: int) -> None:
    """End this process when the one that started it ends, however that comes: its pipe tells."""

    def wait() -> None:
        os.read(descriptor, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
