"""The rules that openapi.yaml keeps, so that generator, fuzzer and readers understand it."""

from __future__ import annotations

from codegen.lint import document_rules, operation_rules, schema_rules, wire_rules
from codegen.lint.spec import Finding, Spec

RULES = {
    **document_rules.RULES,
    **operation_rules.RULES,
    **wire_rules.RULES,
    **schema_rules.RULES,
}


def lint(text: str) -> list[Finding]:
    """Check a document against all rules; findings come in the order of its lines."""
    spec = Spec.parse(text)
    findings = [
        Finding(spec.line(pointer), name, message)
        for name, rule in RULES.items()
        for pointer, message in rule(spec)
    ]
    return sorted(findings)
