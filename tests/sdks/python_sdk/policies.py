"""The network policy; the SDK knows no other."""

from sprites import NetworkPolicy, PolicyRule, SpriteError


def _rules(sprite):
    return [[r.domain, r.action, r.include] for r in sprite.get_network_policy().rules]


def network(client, sprite):
    found = {"first": _rules(sprite)}
    rules = [
        PolicyRule(domain="example.com", action="allow"),
        PolicyRule(domain="*", action="deny"),
        PolicyRule(include="defaults"),
    ]
    sprite.update_network_policy(NetworkPolicy(rules=rules))
    found["set"] = _rules(sprite)
    sprite.update_network_policy(NetworkPolicy(rules=[]))
    found["lifted"] = _rules(sprite)
    try:
        sprite.update_network_policy(NetworkPolicy(rules=[PolicyRule(domain="example.com")]))
    except SpriteError as error:
        found["refused"] = "status 400" in str(error)
    return found
