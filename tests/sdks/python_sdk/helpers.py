"""What can be had without a method: functions of modules, commands and control connections."""

import asyncio

from sprites import NetworkPolicy, checkpoint, control, exceptions, policy, session
from sprites.loop import get_existing_loop, run_sync


def functions(client, sprite):
    list(checkpoint.create_checkpoint(sprite, "label"))
    policy.update_network_policy(sprite, NetworkPolicy(rules=[]))
    text = b'{"error":"x","message":"slow down","retry_after_seconds":3}'
    refusal = exceptions.parse_api_error(429, text, {})
    return {
        "listed": [one.id for one in checkpoint.list_checkpoints(sprite)],
        "got": checkpoint.get_checkpoint(sprite, "v1").comment,
        "rules": policy.get_network_policy(sprite).rules,
        "sessions": session.list_sessions(sprite),
        "refusal": [refusal.status_code, refusal.retry_after_seconds],
        "loop": get_existing_loop() is not None,
    }


def settings(client, sprite):
    command = sprite.command("sh", "-c", "stty size; echo err >&2")
    command.set_tty(True)
    command.set_tty_size(33, 77)
    plain = sprite.command("sh", "-c", "echo out; echo err >&2")
    before = plain.exit_code
    both = plain.combined_output().decode().split()
    return {
        "size": command.output().decode(),
        "both": sorted(both),
        "codes": [before, plain.exit_code],
    }


def controlled(client, sprite):
    return run_sync(_controlled(sprite), timeout=20)


async def _controlled(sprite):
    connection = await sprite.get_control_connection()
    found = {}
    trap = "trap 'stty size; exit 6' WINCH; echo ready; while :; do sleep 0.05; done"
    terminal = await connection.start_op("exec", cmd=["sh", "-c", trap], tty=True)
    await _printed(terminal, b"ready")
    await terminal.resize(90, 20)
    found["resized"] = [await terminal.wait(), terminal.get_stdout().split()[-2:] == [b"20", b"90"]]
    connection.op_active = False
    trap = "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done"
    plain = await connection.start_op("exec", cmd=["sh", "-c", trap])
    await _printed(plain, b"ready")
    await plain.signal("INT")
    found["signalled"] = [await plain.wait(), plain.get_exit_code(), plain.is_closed()]
    plain.close()
    await sprite.close_control_connection()
    found["closed"] = [connection.is_closed(), control.has_control_connection(sprite)]
    return found


async def _printed(operation, word):
    came = asyncio.Event()
    operation.on_stdout = lambda _: word in operation.get_stdout() and came.set()
    if word not in operation.get_stdout():
        async with asyncio.timeout(10):
            await came.wait()
