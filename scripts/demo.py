"""The complete workflow of the checkpoints guide, for real.

Runs on a local server that it starts itself. To run it on the hosted platform, or on any other
server, set SPRITE_TOKEN and SPRITES_API_URL; nothing else changes.
"""

import os
import sys
from contextlib import ExitStack

from sprites_facade import Sprite, SpritesClient
from sprites_facade.testing import LocalServer

LABEL = "pre-migration"
DATABASE = "/home/sprite/app/database.txt"


def workflow(sprite: Sprite) -> bool:
    """Create a checkpoint, find it, change files, restore; tell whether the change is gone."""
    sprite.files.write_text(DATABASE, "schema 1\n")

    # 1. Create a checkpoint with a label.
    with sprite.create_checkpoint(LABEL) as stream:
        for message in stream:
            print("[create]", message.type, (message.data or "").strip())

    # 2. List checkpoints and find the one we just created.
    target = next(cp for cp in sprite.list_checkpoints() if cp.comment == LABEL)
    print(f"Found checkpoint {target.id} created at {target.create_time:%Y-%m-%dT%H:%M:%SZ}")

    # A migration goes wrong.
    sprite.run_http(["sh", "-c", f"echo 'schema 2, broken' > {DATABASE}; touch /home/sprite/junk"])
    print("After the migration:", sprite.files.read_text(DATABASE).strip())

    # 3. Restore the sprite to that checkpoint.
    with sprite.restore_checkpoint(target.id) as stream:
        for message in stream:
            print("[restore]", message.type, (message.data or "").strip())

    after = sprite.run_http(["sh", "-c", f"cat {DATABASE}; ls /home/sprite"]).stdout
    print("After the restore:", " ".join(after.split()))
    return after.split() == ["schema", "1", "app"]


def main() -> int:
    """Run the workflow in a sprite of its own, which is deleted at the end."""
    with ExitStack() as stack:
        if not os.environ.get("SPRITES_API_URL"):
            server = stack.enter_context(LocalServer())
            print(f"Local server at {server.url}")
            client = stack.enter_context(server.client())
        else:
            client = stack.enter_context(SpritesClient())
        sprite = client.create_sprite(os.environ.get("SPRITE_NAME", f"demo-{os.getpid()}"))
        stack.callback(sprite.delete)
        undone = workflow(sprite)
    print("Restore complete: the change is gone." if undone else "The change is still there!")
    return 0 if undone else 1


if __name__ == "__main__":
    sys.exit(main())
