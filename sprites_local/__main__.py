"""`python -m sprites_local`."""

import os
import signal
import sys

# Commands and environments travel in the request line; the library's bound on it is 8 KB, and it
# is read when it is imported.
os.environ.setdefault("WEBSOCKETS_MAX_LINE_LENGTH", str(1 << 20))


def _main() -> int:
    try:
        from sprites_local.cli import main  # noqa: PLC0415 - what it may end with is handled here
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("starlette", "uvicorn"):
            raise
        sys.exit(
            f"sprites_local: the package {missing} is missing: pip install 'sprites-facade[local]'"
        )
    return main()


if __name__ == "__main__":
    try:
        sys.exit(_main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
