"""Policies: what a sprite may reach, do and use, as values, and what the wire says of them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from sprites_api import models as api
from sprites_facade._core.calls import given
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.reading import Fields, UnexpectedShapeError, read_list
from sprites_facade._core.text import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTIONS: Final = ("allow", "deny")
BUNDLES: Final = ("defaults",)
PROFILES: Final = ("", "minimal", "standard", "privileged")
# A host, or `*.` and a domain, or `*`; what a server makes of letters is its own business.
_DOMAIN: Final = re.compile(r"\*|(\*\.)?[^\s*/:@.]+(\.[^\s*/:@.]+)*\.?")
# Fields that this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class NetworkRule:
    """A rule for outgoing traffic: either `domain` and `action`, or `include`.

    Raises:
        ConfigurationError: If it is neither.
    """

    domain: str | None = None
    """A host, or `*.` and a domain, or `*`; the most exact one decides."""
    action: str | None = None
    """What to do with traffic to the domain: `allow` or `deny`."""
    include: str | None = None
    """A bundle of rules that the platform keeps: `defaults`."""
    extra: Mapping[str, Any] = _extra
    """What a server sent and this version does not know; a rule with it cannot be sent back."""

    def __attrs_post_init__(self) -> None:
        if not self.extra:
            _check_shape(self)

    @classmethod
    def allow(cls, domain: str) -> NetworkRule:
        """Return a rule that allows traffic to a domain."""
        return cls(domain=domain, action="allow")

    @classmethod
    def deny(cls, domain: str) -> NetworkRule:
        """Return a rule that forbids traffic to a domain."""
        return cls(domain=domain, action="deny")

    @classmethod
    def defaults(cls) -> NetworkRule:
        """Return the rule that includes what the platform allows by default."""
        return cls(include="defaults")


def _tuple(rules: Iterable[NetworkRule]) -> tuple[NetworkRule, ...]:
    return tuple(rules)


@attrs.frozen(kw_only=True)
class NetworkPolicy:
    """The rules for outgoing traffic; without rules nothing is restricted."""

    rules: tuple[NetworkRule, ...] = attrs.field(default=(), converter=_tuple)
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class PrivilegesPolicy:
    """What processes in the sprite may do; what is None is not restricted."""

    profile: str | None = None
    """A bundle of privileges: `minimal`, `standard`, `privileged`, or empty for the usual one."""
    devices: tuple[str, ...] | None = None
    """The devices that can be used."""
    no_new_privileges: bool | None = None
    """Whether processes cannot gain privileges."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class MemoryPolicy:
    """How much memory a sprite may use."""

    limit_mb: float | None = None
    """Megabytes."""
    autoscale: bool | None = None
    """Whether the platform may change it."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class ResourcesPolicy:
    """What a sprite may use; what is None is not restricted."""

    memory: MemoryPolicy | None = None
    extra: Mapping[str, Any] = _extra


def network_rule(data: object) -> NetworkRule:
    """Read a rule; one that this version cannot read is kept as it came, in `extra`."""
    fields = Fields(data, "the rule")
    raw = dict(fields.rest())
    domain, action, include = (fields.text(name) for name in ("domain", "action", "include"))
    try:
        return NetworkRule(domain=domain, action=action, include=include, extra=fields.rest())
    except ConfigurationError:
        if not raw:
            raise UnexpectedShapeError("a rule is empty") from None
        return NetworkRule(extra=raw)


def network_policy(data: object) -> NetworkPolicy:
    """Read a policy; null rules are none."""
    fields = Fields(data, "the policy")
    rules = read_list(fields.rest().pop("rules", None), network_rule, "'rules'")
    return NetworkPolicy(rules=rules, extra=fields.rest())


def privileges_policy(data: object) -> PrivilegesPolicy:
    """Read a policy; no body is one that restricts nothing."""
    fields = Fields(data or {}, "the policy")
    listed = isinstance(fields.rest().get("devices"), list)
    devices = fields.texts("devices")
    return PrivilegesPolicy(
        profile=fields.text("profile"),
        devices=devices if listed and "devices" not in fields.rest() else None,
        no_new_privileges=fields.flag("noNewPrivileges"),
        extra=fields.rest(),
    )


def memory_policy(data: object) -> MemoryPolicy:
    """Read how much memory a sprite may use."""
    fields = Fields(data, "the limit of memory")
    limit = fields.rest().get("limit_mb")
    known = limit is None or (isinstance(limit, int | float) and not isinstance(limit, bool))
    if known:
        fields.rest().pop("limit_mb", None)
    return MemoryPolicy(
        limit_mb=limit if known else None,
        autoscale=fields.flag("autoscale"),
        extra=fields.rest(),
    )


def resources_policy(data: object) -> ResourcesPolicy:
    """Read a policy; no body is one that restricts nothing."""
    fields = Fields(data or {}, "the policy")
    return ResourcesPolicy(memory=fields.value("memory", memory_policy), extra=fields.rest())


def network_update(policy: NetworkPolicy | Iterable[NetworkRule]) -> api.NetworkPolicyUpdate:
    """Return the body that replaces the rules for outgoing traffic."""
    if isinstance(policy, NetworkPolicy):
        _nothing_unknown(policy.extra, "the policy")
        policy = policy.rules
    return api.NetworkPolicyUpdate(rules=[_rule_update(rule) for rule in policy])


def privileges_update(policy: PrivilegesPolicy) -> api.PrivilegesPolicyUpdate:
    """Return the body that replaces what processes may do."""
    _is_a(policy, PrivilegesPolicy)
    _nothing_unknown(policy.extra, "the policy")
    devices = policy.devices
    if isinstance(devices, str) or not all(isinstance(path, str) for path in devices or ()):
        raise ConfigurationError("devices are a list of texts, such as '/dev/fuse'")
    _is_flag(policy.no_new_privileges, "no_new_privileges")
    if policy.profile is not None:
        _is_one_of(policy.profile, PROFILES, "a profile")
    return api.PrivilegesPolicyUpdate(
        profile=given(policy.profile),
        devices=given(None if devices is None else list(devices)),
        no_new_privileges=given(policy.no_new_privileges),
    )


def resources_update(policy: ResourcesPolicy) -> api.ResourcesPolicyUpdate:
    """Return the body that replaces what a sprite may use."""
    _is_a(policy, ResourcesPolicy)
    _nothing_unknown(policy.extra, "the policy")
    if policy.memory is None:
        return api.ResourcesPolicyUpdate()
    memory = policy.memory
    _is_a(memory, MemoryPolicy)
    _nothing_unknown(memory.extra, "the limit of memory")
    limit = memory.limit_mb
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise ConfigurationError("limit_mb must be a number of megabytes")
    if not (limit > 0 and math.isfinite(limit)):
        raise ConfigurationError("limit_mb must be more than 0")
    _is_flag(memory.autoscale, "autoscale")
    return api.ResourcesPolicyUpdate(
        memory=api.MemoryPolicyUpdate(limit_mb=limit, autoscale=given(memory.autoscale))
    )


def _check_shape(rule: NetworkRule) -> None:
    if (rule.domain is None) == (rule.include is None):
        raise ConfigurationError("a rule has either a domain or an include")
    if rule.domain is None:
        if rule.action is not None:
            raise ConfigurationError("an action belongs to a domain, not to an include")
    elif rule.action is None:
        raise ConfigurationError("a rule for a domain needs an action: 'allow' or 'deny'")


def _rule_update(rule: NetworkRule) -> api.NetworkRuleUpdate:
    _is_a(rule, NetworkRule)
    _nothing_unknown(rule.extra, "a rule")
    if rule.domain is None:
        _is_one_of(rule.include, BUNDLES, "an include")
    else:
        _is_one_of(rule.action, ACTIONS, "an action")
        if not isinstance(rule.domain, str) or not _DOMAIN.fullmatch(rule.domain):
            shown = clip(repr(rule.domain), 80)
            raise ConfigurationError(
                f"{shown} is no domain: use a host, '*.' and a domain, or '*', without a port"
            )
    return api.NetworkRuleUpdate(
        domain=given(rule.domain), action=given(rule.action), include=given(rule.include)
    )


def _is_a(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise ConfigurationError(f"pass a {kind.__name__}, not a {type(value).__name__}")


def _is_one_of(value: object, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        names = ", ".join(repr(name) for name in known)
        raise ConfigurationError(f"{clip(repr(value), 40)} is not {what}: use one of {names}")


def _is_flag(value: object, what: str) -> None:
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"{what} must be true, false or None")


def _nothing_unknown(extra: Mapping[str, Any], what: str) -> None:
    """Refuse to send back less than a server had told."""
    if extra:
        names = ", ".join(sorted(repr(name) for name in extra))
        raise ConfigurationError(f"{what} holds what this version does not know: {names}")
