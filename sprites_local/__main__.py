"""`python -m sprites_local`."""

import sys

from sprites_local.cli import main

if __name__ == "__main__":
    sys.exit(main())
