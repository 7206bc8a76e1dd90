"""The complete workflow of the checkpoints guide, for real, on a local server.

On the hosted platform, or any other server: set SPRITE_TOKEN and SPRITES_API_URL.
"""

import os
import sys
from contextlib import ExitStack

from sprites_facade import Sprite, SpritesClient
from sprites_facade.testing import LocalServer


def workflow(sprite: Sprite) -> bool:
    """Checkpoint, find it, change, restore; tell whether the change is gone."""
    sprite.files.write_text("/home/sprite/schema.txt", "version 1\n")

    # 1. Create a checkpoint with a label.
    with sprite.create_checkpoint("pre-migration") as stream:
        for message in stream:
            print("[create]", message.type, message.text.strip())

    # 2. List checkpoints and find the one we just created.
    target = next(cp for cp in sprite.list_checkpoints() if cp.comment == "pre-migration")
    print(f"Found checkpoint {target.id} created at {target.create_time:%Y-%m-%dT%H:%M:%SZ}")

    sprite.run("echo 'version 2, broken' > schema.txt; touch leftover", check=True)
    print("After the migration:", sprite.run("cat schema.txt; ls").stdout.split("\n"))

    # 3. Restore the sprite to that checkpoint.
    with sprite.restore_checkpoint(target.id) as stream:
        for message in stream:
            print("[restore]", message.type, message.text.strip())

    after = sprite.run("cat schema.txt; ls").stdout.split("\n")
    print("After the restore:", after)
    return after == ["version 1", "schema.txt", ""]


with ExitStack() as stack:
    if os.environ.get("SPRITES_API_URL"):
        client = stack.enter_context(SpritesClient())
    else:
        client = stack.enter_context(stack.enter_context(LocalServer()).client())
    sprite = client.create_sprite(f"demo-{os.getpid()}")
    stack.callback(sprite.delete)
    undone = workflow(sprite)
print("Restore complete: the change is gone." if undone else "The change is still there!")
sys.exit(0 if undone else 1)
