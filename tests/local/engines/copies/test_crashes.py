"""A store that is killed at any moment keeps what it promised."""

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sprites_local.engines.copies import CopyTree
from tests.local.engines.copies.picture import fingerprint

_ROUNDS = 10
_LONGEST = 0.15
_MOST_WORDS = 6

# Says what it is about to do and what it has done; dies somewhere between two lines.
_WORKER = """
import random, sys
from pathlib import Path
from sprites_local.engines.copies import CopyTree
from tests.local.engines.copies.mutations import mutate
from tests.local.engines.copies.picture import fingerprint

tree = CopyTree(Path(sys.argv[1]), atomic=sys.argv[2] == "True")
seed, kept = int(sys.argv[3]), sys.argv[4:]
rng = random.Random(seed)
say = lambda *words: (sys.stdout.write(" ".join(words) + "\\n"), sys.stdout.flush())
say("ready")
for number in range(seed * 1000, seed * 1000 + 1000):
    mutate(rng, tree.live, 5)
    (tree.live / "large").write_bytes(rng.randbytes(200_000))
    tree.checkpoint(f"c{number}")
    say("kept", f"c{number}", fingerprint(tree.live))
    kept.append(f"c{number}")
    if rng.random() < 0.6:
        chosen = rng.choice(kept)
        say("restoring", chosen, fingerprint(tree.live))
        tree.restore(chosen)
        say("restored")
    if rng.random() < 0.3 and len(kept) > 2:
        chosen = kept.pop(rng.randrange(len(kept)))
        say("deleting", chosen)
        tree.delete(chosen)
"""


@pytest.mark.parametrize("atomic", [True, False])
def test_nothing_promised_is_lost(tmp_path: Path, *, atomic: bool) -> None:
    """After each kill every kept checkpoint is whole, and the tree is one of two, no mixture."""
    rng = random.Random(7)
    tree = CopyTree(tmp_path / "tree", atomic=atomic)
    tree.create(lambda live: None)
    promised: dict[str, str] = {}
    for number in range(_ROUNDS):
        arguments = [str(atomic), str(number), *promised]
        words, delay = rng.randrange(_MOST_WORDS), rng.random() * _LONGEST
        allowed = _crash(tree, promised, arguments, words=words, delay=delay)
        tree.recover(list(promised))
        assert allowed == set() or fingerprint(tree.live) in allowed
        assert sorted(path.name for path in tree.directory.iterdir()) == ["live", "store"]
        chosen = rng.choice(sorted(promised)) if promised else None
        if chosen is not None:
            tree.restore(chosen)
            assert fingerprint(tree.live) == promised[chosen]
    for checkpoint, expected in promised.items():
        tree.restore(checkpoint)
        assert fingerprint(tree.live) == expected
    assert promised


def _crash(
    tree: CopyTree, promised: dict[str, str], arguments: list[str], *, words: int, delay: float
) -> set[str]:
    """Kill a worker; note its promises; return what the tree may be now, if a restore ran.

    It is killed a moment after it said so much, since slow machines take long for that.
    """
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(tree.directory), *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    with worker.stdout as output:
        assert output.readline() == "ready\n"
        said = [output.readline() for _ in range(words)]
        timer = threading.Timer(delay, worker.kill)
        timer.start()
        said += output
    worker.wait()
    timer.join()
    restoring: set[str] = set()
    for verb, *about in (line.split() for line in said if line.endswith("\n")):
        restoring = set()
        if verb == "kept":
            promised[about[0]] = about[1]
        elif verb == "deleting":
            del promised[about[0]]
        elif verb == "restoring":
            restoring = {promised[about[0]], about[1]}
    return restoring
