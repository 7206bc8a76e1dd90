"""What to do about what a machine lacks, found by what the kernel said."""

from __future__ import annotations

import re
from collections.abc import Mapping


def explain(error: Exception, advice: Mapping[str, str]) -> str:
    """Return the text of an error, with the advice of the first expression that is found in it.

    The number of the error is a part of the text: the same call fails because the kernel is old,
    because a container may not make it, or because a file is not there.
    """
    text = str(error)
    for sign, remedy in advice.items():
        if re.search(sign, text):
            return f"{text} ({remedy})"
    return text
