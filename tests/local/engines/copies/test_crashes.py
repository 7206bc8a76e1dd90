"""A store that is killed at any moment keeps what it promised."""

import random
import subprocess
import sys
import threading
from pathlib import Path

from sprites_local.engines.copies import CopyTree
from tests.local.engines.copies.picture import fingerprint

_ROUNDS = 20
_LONGEST = 0.15

# Says what it is about to do and what it has done; dies somewhere between two lines.
_WORKER = """
import random, sys
from pathlib import Path
from sprites_local.engines.copies import CopyTree
from tests.local.engines.copies.mutations import mutate
from tests.local.engines.copies.picture import fingerprint

tree, seed, kept = CopyTree(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3:]
rng = random.Random(seed)
say = lambda *words: print(*words, flush=True)
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


def test_nothing_promised_is_lost(tmp_path: Path) -> None:
    """After each kill every kept checkpoint is whole, and the tree is one of two, no mixture."""
    rng = random.Random(7)
    tree = CopyTree(tmp_path / "tree")
    tree.create(lambda live: None)
    promised: dict[str, str] = {}
    restores = 0
    for number in range(_ROUNDS):
        allowed = _crash(tree, promised, seed=number, delay=rng.random() * _LONGEST)
        tree.recover(list(promised))
        restores += len(allowed)
        assert allowed == set() or fingerprint(tree.live) in allowed
        assert sorted(path.name for path in tree.directory.iterdir()) == ["live", "store"]
        chosen = rng.choice(sorted(promised)) if promised else None
        if chosen is not None:
            tree.restore(chosen)
            assert fingerprint(tree.live) == promised[chosen]
    for checkpoint, expected in promised.items():
        tree.restore(checkpoint)
        assert fingerprint(tree.live) == expected
    assert len(promised) > _ROUNDS
    assert restores > 0


def _crash(tree: CopyTree, promised: dict[str, str], *, seed: int, delay: float) -> set[str]:
    """Kill a worker; note its promises; return what the tree may be now, if a restore ran."""
    arguments = [str(tree.directory), str(seed), *promised]
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    with worker.stdout as output:
        assert output.readline() == "ready\n"
        timer = threading.Timer(delay, worker.kill)
        timer.start()
        lines = [line.split() for line in output]
    worker.wait()
    timer.join()
    restoring: set[str] = set()
    for verb, *words in lines:
        restoring = set()
        if verb == "kept":
            promised[words[0]] = words[1]
        elif verb == "deleting":
            del promised[words[0]]
        elif verb == "restoring":
            restoring = {promised[words[0]], words[1]}
    return restoring
