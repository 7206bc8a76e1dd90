"""One sprite over plain HTTP, in the words that the laws need."""

from __future__ import annotations

import json
import posixpath
from typing import Any

import httpx
from attrs import frozen

from sprites_contract.evidence import Answer, Evidence
from sprites_contract.target import Client

HOME = "/home/sprite/laws"
_STDOUT, _STDERR, _EXIT = b"\x01", b"\x02", 3
_WAKING = {502, 503}
_TRIES = 20


class LawBrokenError(AssertionError):
    """A law does not hold; the text begins with its name."""

    def __init__(self, law: str, message: str) -> None:
        super().__init__(f"{law}: {message}")
        self.law = law
        self.message = message


@frozen
class Outcome:
    """How a stream of progress ended."""

    status: int
    events: tuple[dict[str, Any], ...] = ()
    text: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it says so."""
        return bool(self.events) and self.events[-1].get("type") == "complete"

    @property
    def told(self) -> str:
        """All texts of it."""
        texts = [str(event.get("data") or event.get("error") or "") for event in self.events]
        return "\n".join(texts) or self.text


class Wire:
    """One sprite of the server under proof."""

    def __init__(self, http: Client, name: str, evidence: Evidence) -> None:
        self.http = http
        self.name = name
        self._evidence = evidence

    def call(
        self, operation: str, method: str, path: str, *wanted: int, **options: Any
    ) -> httpx.Response:
        """Call an operation, and insist on one of these statuses if any are given."""
        answer = self.http.request(method, f"/v1/sprites/{self.name}{path}", **options)
        self._count(operation, answer)
        if wanted and answer.status_code not in wanted:
            raise LawBrokenError(
                "answers", f"{operation} answered {answer.status_code}: {answer.text[:300]}"
            )
        return answer

    def _count(self, operation: str, answer: httpx.Response) -> None:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        self._evidence.see(operation, Answer(answer.status_code, kind, answer.content))

    def create(self, tries: int = 1) -> None:
        """Make the sprite, and the directory that the laws look at.

        Args:
            tries: How often; a name may not be free at once when its sprite was deleted.
        """
        for _ in range(tries):
            answer = self.http.post("/v1/sprites", json={"name": self.name})
            self._count("create_sprite", answer)
            if answer.status_code != 409:
                break
        if answer.status_code != 201:
            raise LawBrokenError("answers", f"create_sprite answered {answer.status_code}")
        self.shell("mkdir -p laws", within=posixpath.dirname(HOME))

    def delete(self) -> None:
        """Delete the sprite."""
        self.call("delete_sprite", "DELETE", "", 200, 204, 404)

    def shell(self, script: str, *, within: str = HOME) -> str:
        """Run a script that prints plain ASCII, and return what it prints.

        The frames of the answer have no lengths and chunks may be merged, so only text without
        control characters can be told apart from them.
        """
        # The directory is the server's to find: where nothing is isolated it has another path.
        query = {"cmd": ["/bin/sh", "-c", script], "dir": within}
        for _ in range(_TRIES):
            answer = self.call("run_command", "POST", "/exec", params=query)
            # A restore may be over before the machine is ready again.
            if answer.status_code not in _WAKING:
                break
        body = answer.content
        if answer.status_code != 200 or len(body) < 2 or body[-2] != _EXIT or body[-1]:
            raise LawBrokenError("commands", f"{script!r} gave {answer.status_code}, {body!r}")
        return body[:-2].replace(_STDOUT, b"").replace(_STDERR, b"").decode()

    def checkpoint(self, comment: str | None) -> Outcome:
        """Take a checkpoint."""
        body = {} if comment is None else {"comment": comment}
        return self._stream("create_checkpoint", "/checkpoint", json=body)

    def restore(self, checkpoint: str) -> Outcome:
        """Restore a checkpoint."""
        return self._stream("restore_checkpoint", f"/checkpoints/{checkpoint}/restore")

    def _stream(self, operation: str, path: str, **options: Any) -> Outcome:
        answer = self.call(operation, "POST", path, **options)
        if answer.status_code != 200:
            return Outcome(answer.status_code, text=answer.text)
        lines = [line for line in answer.text.splitlines() if line.strip()]
        return Outcome(200, tuple(json.loads(line) for line in lines))

    def listing(self, **query: str) -> list[dict[str, Any]] | None:
        """List checkpoints; None when the answer is no JSON."""
        answer = self.call("list_checkpoints", "GET", "/checkpoints", 200, params=query)
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return None
        return list(answer.json() or ())

    def sessions(self) -> list[dict[str, Any]]:
        """List the sessions."""
        listed = self.call("list_sessions", "GET", "/exec", 200).json()
        return list(listed["sessions"] or ())

    def services(self) -> dict[str, dict[str, Any]]:
        """List the services by name."""
        listed = self.call("list_services", "GET", "/services", 200).json()
        return {service["name"]: service for service in listed}
