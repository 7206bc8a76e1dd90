"""The claims about security have tests that exist."""

import re

import pytest

from tests.docs.named_tests import NAMED, find_tests, page

ROW = re.compile(r"^\| (?!\*\*|claim)(.+) \| (.*) \|$", re.MULTILINE)
CLAIMS = {claim: NAMED.findall(tests) for claim, tests in ROW.findall(page("security.md"))}


def test_there_are_claims() -> None:
    assert len(CLAIMS) > 30


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_has_tests(claim: str) -> None:
    assert CLAIMS[claim]
    for file, name in CLAIMS[claim]:
        assert name in find_tests(f"local/{file}"), f"{file} has no {name}"
