"""Reading policies as strictly as the platform does."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from sprites_local.engines.base import Right

MOST_RULES: Final = 1000
_MOST_DEVICES: Final = 100
_MOST_MB: Final = 1 << 30
"""More than any machine has, and far from where floats end."""
_LONGEST_DOMAIN: Final = 253
_LABEL: Final = r"[A-Za-z0-9-]{1,63}"
_DOMAIN: Final = re.compile(rf"\*|(?:\*\.)?{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_ACTIONS: Final = ("allow", "deny")
_PROFILES: Final = ("", "minimal", "standard", "privileged")


class PolicyError(Exception):
    """A policy makes no sense; the text says what is wrong."""


def network(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read rules for outgoing traffic."""
    _refuse_unknown(body, {"rules"}, "the policy")
    rules = body.get("rules")
    if not isinstance(rules, list):
        raise PolicyError("rules must be a list")
    if len(rules) > MOST_RULES:
        raise PolicyError(f"there are more than {MOST_RULES} rules")
    return {"rules": [_rule(rule, f"rule {number}") for number, rule in enumerate(rules, 1)]}


def privileges(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read what processes may do; null stands for what is left out."""
    profile, devices = body.get("profile"), body.get("devices")
    if profile is not None and (not isinstance(profile, str) or profile not in _PROFILES):
        raise PolicyError("profile must be empty, minimal, standard or privileged")
    if devices is not None and not _is_list_of_texts(devices):
        raise PolicyError(f"devices must be a list of at most {_MOST_DEVICES} texts")
    if not isinstance(body.get("noNewPrivileges"), bool | None):
        raise PolicyError("noNewPrivileges must be true or false")
    return _present(body, "profile", "devices", "noNewPrivileges")


def resources(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a sprite may use; null stands for what is left out."""
    memory = body.get("memory")
    if memory is None:
        return {}
    if not isinstance(memory, dict):
        raise PolicyError("memory must be an object")
    limit = memory.get("limit_mb")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not _is_size(limit):
        raise PolicyError("memory.limit_mb must be a number above 0")
    if not isinstance(memory.get("autoscale"), bool | None):
        raise PolicyError("memory.autoscale must be true or false")
    return {"memory": _present(memory, "limit_mb", "autoscale")}


def memory_limit(policy: Mapping[str, Any]) -> int | None:
    """Return the bound of a sprite's memory in bytes, or None if its policy has none."""
    memory = policy.get("memory")
    return None if memory is None else math.ceil(min(memory["limit_mb"], _MOST_MB) * (1 << 20))


def withdrawn_rights(policy: Mapping[str, Any]) -> tuple[Right, ...]:
    """Return what a policy takes from commands; what it would grant, nobody can grant here."""
    rights: list[Right] = []
    if policy.get("noNewPrivileges"):
        rights.append("new privileges")
    if policy.get("profile") == "minimal":
        rights.append("capabilities")
    return tuple(rights)


def _rule(rule: Any, where: str) -> dict[str, str]:
    if not isinstance(rule, dict):
        raise PolicyError(f"{where} must be an object")
    _refuse_unknown(rule, {"domain", "action", "include"}, where)
    if ("domain" in rule) == ("include" in rule):
        raise PolicyError(f"{where} must have either domain or include")
    if "include" in rule:
        if rule != {"include": "defaults"}:
            raise PolicyError(f"{where}: include must be defaults, and stand alone")
        return rule
    domain, action = rule["domain"], rule.get("action")
    if not isinstance(domain, str) or not is_domain(domain):
        raise PolicyError(f"{where}: domain must be a host, *. and a domain, or *")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise PolicyError(f"{where}: action must be allow or deny")
    return {"domain": domain, "action": action}


def is_domain(text: str) -> bool:
    """Tell whether rules can name hosts so: a host, `*.` and a domain, or `*`."""
    return len(text) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(text) is not None


def _is_list_of_texts(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > _MOST_DEVICES:
        return False
    return all(isinstance(item, str) for item in value)


def _is_size(number: float) -> bool:
    return number > 0 and number != math.inf


def _refuse_unknown(value: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(value) - known):
        raise PolicyError(f"{where} has an unknown key: {unknown[0][:40]}")


def _present(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names if value.get(name) is not None}
