# Written by scripts/unasync.py from sprites_facade/_async/policies.py. Do not edit.
"""The policies of one sprite: what it may reach, do and use."""

from __future__ import annotations

from collections.abc import Iterable

from sprites_facade._core import operations
from sprites_facade._core import policies as core
from sprites_facade._core.errors import NotFoundError
from sprites_facade._core.policies import (
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)
from sprites_facade._sync.base import SpriteBase


class SpritePolicies(SpriteBase):
    """Look up and replace policies."""

    def get_network_policy(self) -> NetworkPolicy:
        """Return the rules for outgoing traffic; without rules nothing is restricted."""
        call = operations.get_network_policy(self._name)
        return self._transport.send(call.about(self._self))

    def set_network_policy(self, policy: NetworkPolicy | Iterable[NetworkRule]) -> None:
        """Replace all rules for outgoing traffic, at once and for open connections too.

        Args:
            policy: The rules; none of them lifts the policy.

        Raises:
            ConfigurationError: If a rule cannot be right; nothing was sent.
            BadRequestError: If the server does not accept a rule.
        """
        body = core.network_update(policy)
        call = operations.set_network_policy(self._name, body=body)
        self._transport.send(call.about(self._self))

    def get_privileges_policy(self) -> PrivilegesPolicy:
        """Return what processes may do; an empty policy if none is set."""
        call = operations.get_privileges_policy(self._name)
        try:
            return self._transport.send(call.about(self._self))
        except NotFoundError as exc:
            self._must_exist(exc)
            return PrivilegesPolicy()

    def set_privileges_policy(self, policy: PrivilegesPolicy) -> None:
        """Replace what processes may do.

        Raises:
            ConfigurationError: If the policy cannot be right; nothing was sent.
        """
        body = core.privileges_update(policy)
        call = operations.set_privileges_policy(self._name, body=body)
        self._transport.send(call.about(self._self))

    def delete_privileges_policy(self) -> None:
        """Go back to what holds without a policy; it is no error if none is set."""
        call = operations.delete_privileges_policy(self._name)
        try:
            self._transport.send(call.about(self._self))
        except NotFoundError as exc:
            self._must_exist(exc)

    def get_resources_policy(self) -> ResourcesPolicy:
        """Return what the sprite may use; an empty policy if none is set."""
        call = operations.get_resources_policy(self._name)
        try:
            return self._transport.send(call.about(self._self))
        except NotFoundError as exc:
            self._must_exist(exc)
            return ResourcesPolicy()

    def set_resources_policy(self, policy: ResourcesPolicy) -> None:
        """Replace what the sprite may use.

        Raises:
            ConfigurationError: If the policy cannot be right; nothing was sent.
        """
        body = core.resources_update(policy)
        call = operations.set_resources_policy(self._name, body=body)
        self._transport.send(call.about(self._self))

    def delete_resources_policy(self) -> None:
        """Go back to what holds without a policy; it is no error if none is set."""
        call = operations.delete_resources_policy(self._name)
        try:
            self._transport.send(call.about(self._self))
        except NotFoundError as exc:
            self._must_exist(exc)

    def _must_exist(self, missing: NotFoundError) -> None:
        """Raise what was found missing, unless it was the policy alone.

        Some servers answer 404 where nothing is set, as all do where there is no sprite.
        """
        try:
            self._transport.send(operations.get_sprite(self._name).about(self._self))
        except NotFoundError:
            raise missing from None
