"""Run the scenarios of one file against a server, and print what each returned, a line each.

A scenario is a function of that file whose name does not begin with an underscore; it is given
the official SDK's client and the name of a sprite that is there.
"""

import importlib
import inspect
import json
import os
import sys
import traceback

from sprites import SpritesClient


def main() -> None:
    """Run `python run.py FILE`; the server is named by the environment."""
    module = importlib.import_module(sys.argv[1])
    own = [
        f
        for _, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__
    ]
    with SpritesClient(os.environ["SPRITES_TEST_TOKEN"], os.environ["SPRITES_TEST_URL"]) as client:
        for scenario in own:
            if not scenario.__name__.startswith("_"):
                sys.stdout.write(json.dumps(_run(scenario, client)) + "\n")


def _run(scenario, client):
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
