"""Run the scenarios of one file against a server, and print what each returned, a line each.

A scenario is a function of that file whose name does not begin with an underscore; it is given
the official SDK's client and the name of a sprite that is there.
"""

import functools
import importlib
import inspect
import json
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

CALLED = set()


def note(frame, event, argument):
    """Note which functions of the SDK run; Python calls this in all threads."""
    module = frame.f_globals.get("__name__", "")
    if event == "call" and module.startswith("sprites."):
        CALLED.add(f"{module}.{frame.f_code.co_qualname}")


# Before the SDK starts a thread.
threading.setprofile(note)
sys.setprofile(note)

from sprites import SpritesClient  # noqa: E402


def main() -> None:
    """Run `python run.py FILE`; the server is named by the environment."""
    module = importlib.import_module(sys.argv[1])
    own = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    token, url = os.environ["SPRITES_TEST_TOKEN"], os.environ["SPRITES_TEST_URL"]
    # Most of the time is spent waiting.
    with SpritesClient(token, url) as client, ThreadPoolExecutor(3) as pool:
        for result in pool.map(functools.partial(_run, client), own):
            sys.stdout.write(json.dumps(result) + "\n")
    sys.setprofile(None)
    sys.stdout.write(json.dumps({"scenario": "*called*", "value": sorted(CALLED)}) + "\n")


def _run(client, scenario):
    result = {"scenario": scenario.__name__}
    name = f"py-{scenario.__module__}-{scenario.__name__}".replace("_", "-")
    sprite = client.create_sprite(name)
    try:
        result["value"] = scenario(client, sprite)
    except Exception:  # noqa: BLE001 - whatever a scenario raises is its result
        result["error"] = traceback.format_exc()
    finally:
        client.delete_sprite(sprite.name)
    return result


if __name__ == "__main__":
    main()
