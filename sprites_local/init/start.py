"""What PID 1 of a sprite runs first: it says that it is there, and loads the rest of itself.

The host connects to the socket that was made for it while the rest is loaded, which takes as long
as all before it. Programs are compiled each time, so this one is short; the rest is there compiled
in sprites of the full tier. It is found by the names that it has here.
"""

from __future__ import annotations

import os
import sys

LIBRARY = "/.sprite/lib"


def main() -> None:
    """Run with the numbers of two descriptors, a listening socket and a pipe, and a patience."""
    listener, ready, patience = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    os.write(ready, b"1")
    os.close(ready)
    sys.path.append(LIBRARY)  # last, so that nothing there is taken for the standard library
    from sprites_local.init import pid1  # noqa: PLC0415 - after all this

    pid1.serve(listener, patience)


main()
