"""Commands over one socket, one after the other."""

import io

from sprites import SpritesClient


def commands(client, sprite):
    with SpritesClient(client.token, client.base_url, control_mode=True) as controlling:
        one = controlling.sprite(sprite.name)
        script = "echo out; echo err >&2; exit 3"
        done = one.run("sh", "-c", script, capture_output=True, env={"A": "b"}, cwd="/tmp")
        fine = one.run("sh", "-c", "echo $A; pwd", capture_output=True, env={"A": "b"}, cwd="/tmp")
        piped = one.command("cat", stdin=io.BytesIO(b"in")).output()
        terminal = one.run("sh", "-c", "stty size; exit 5", capture_output=True, tty=True)
        return {
            "used": one.has_control_connection() and one.use_control_mode(),
            "streams": [done.returncode, done.stdout.decode(), done.stderr.decode()],
            "surroundings": [fine.returncode, fine.stdout.decode()],
            "input": piped.decode(),
            "terminal": [terminal.returncode, terminal.stdout.decode()],
            "missing": one.run("no-such-program").returncode,
        }
