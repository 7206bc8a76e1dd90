"""What a sprite says about itself to whoever works in it, programs that read included."""

from __future__ import annotations

from typing import Final

NAME: Final = "llm.txt"
"""In /.sprite, where the hosted platform has a file of this name too."""

TEXT: Final = """\
# You are in a sprite

This is a Linux machine of its own, served by sprites_local. You are the user `sprite`, at home in
/home/sprite. Files stay when the sprite rests or is restarted; a checkpoint keeps all of them, and
a restore brings them back. Processes end when the sprite goes cold or is restarted; services are
started again.

The sprite's own affairs are HTTP on a Unix socket, without a credential:

    curl --unix-socket /.sprite/api.sock http://sprite/info

    POST   /v1/checkpoint                {"comment": "..."}, tells its progress line by line
    GET    /v1/checkpoints               all of them; /v1/checkpoints/v1 is one
    POST   /v1/checkpoints/v1/restore    ends every process here, then puts the files back
    GET    /v1/services                  all of them
    PUT    /v1/services/NAME             {"cmd": "...", "args": [], "needs": [], "http_port": 8080}
    POST   /v1/services/NAME/stop        also start, restart; DELETE /v1/services/NAME
    POST   /v1/tasks                     {"name": "build", "expire": "10m"} keeps the sprite awake
    GET    /policy/network               what may be reached outside

What services print is in /.sprite/logs/services/NAME.log. A program that listens on port 8080, or
the service that has an http_port, is reached from outside at the sprite_url that /info tells.
"""
