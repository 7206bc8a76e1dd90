"""Input made to kill the process, in processes of their own with bounded memory.

The controls run ijson's own `items_coro` on the same input under the same bound, and show that it
does die: so these tests can fail, and so the builder of ours is there for a reason.
"""

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the bound on memory, RLIMIT_AS, is one of Linux"
)

_LIMIT = 1 << 29

_BOUND = f"""
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_LIMIT}, {_LIMIT}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
"""
_OURS = """
    from sprites_facade._core.errors import StreamFormatError
    from sprites_facade._core.parser import EventParser

    parser = EventParser()
    good = parser.feed(b'{"good": 1}')
    try:
        for at in range(0, len(data), 4096):
            good += parser.feed(data[at : at + 4096])
        parser.close()
    except StreamFormatError as error:
        assert good == [{"good": 1}], good
        print(error)
"""
_THEIRS = """
    import ijson

    events = ijson.sendable_list()
    machine = ijson.get_backend("yajl2_c").items_coro(events, "", multiple_values=True)
    for at in range(0, len(data), 4096):
        machine.send(data[at : at + 4096])
    machine.close()
"""
_DATA = {
    "integer": "b'{\"n\":' + b'9' * 5000 + b'}'",
    "arrays": "b'{\"n\":' + b'[' * 100_000 + b']' * 100_000 + b'}'",
    "objects": "b'{\"n\":' * 100_000 + b'1' + b'}' * 100_000",
}
_SAID = {"integer": "integer overflow", "arrays": "deeper than 64", "objects": "deeper than 64"}


def _run(*parts):
    program = "".join(textwrap.dedent(part) for part in parts)
    return subprocess.run(
        [sys.executable, "-X", "faulthandler=0", "-c", program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("kind", _DATA)
def test_hostile_input_is_a_typed_error(kind):
    """S4: of more than 4300 digits, and nested 100,000 deep."""
    done = _run(_BOUND, f"\n    data = {_DATA[kind]}\n", _OURS)
    assert (done.returncode, done.stderr) == (0, "")
    assert _SAID[kind] in done.stdout


@pytest.mark.parametrize("kind", _DATA)
def test_the_other_way_to_use_ijson_does_not_survive_it(kind):
    """The control: it crashes, or runs out of half a gigabyte for at most 1 MB of input."""
    done = _run(_BOUND, f"\n    data = {_DATA[kind]}\n", _THEIRS)
    assert done.returncode < 0 or "MemoryError" in done.stderr, (done.returncode, done.stderr)
