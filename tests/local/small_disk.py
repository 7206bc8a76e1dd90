"""Run a command with a small disk of its own: `python small_disk.py SIZE PLACE COMMAND...`.

The disk is a tmpfs in a mount namespace of this process, which becomes the command. Needs root.
"""

import os
import sys

from sprites_local import linux


def main() -> None:
    size, place, *command = sys.argv[1:]
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", place, "tmpfs", 0, f"size={size},mode=0755")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
