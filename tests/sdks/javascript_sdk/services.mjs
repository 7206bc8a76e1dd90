// Services: define, look at, stop, start, restart, signal, follow, delete.

const SCRIPT = "echo hello $NAME from $PWD; echo oops >&2; exec sleep 600";
const status = (promise) =>
  promise.then(() => null, (error) => Number(/status (\d+)/.exec(error.message)?.[1]) || error.message);

async function all(stream) {
  const events = [];
  for await (const event of await stream) events.push(event);
  return events;
}

export async function life(client, sprite) {
  const config = { cmd: "sh", args: ["-c", SCRIPT], env: { NAME: "you" }, dir: "/tmp" };
  const made = await all(sprite.createService("main", config, "1s"));
  const [shown] = await sprite.listServices();
  const stopped = await all(sprite.stopService("main", "5s"));
  const idle = await sprite.getService("main");
  const started = await all(sprite.startService("main", "300ms"));
  const running = await sprite.getService("main");
  await all(sprite.stopService("main"));
  await sprite.deleteService("main");
  const printed = made.filter((event) => ["stdout", "stderr"].includes(event.type));
  return {
    made: [made.at(0).type, made.at(-1).type],
    printed: printed.map((event) => [event.type, event.data]).sort(),
    stamped: made.every((event) => event.timestamp > 1_600_000_000_000),
    logs: Object.keys(made.at(-1).logFiles).sort(),
    shown: [shown.name, shown.cmd, shown.args, shown.needs, shown.httpPort ?? null],
    states: [shown.state.status, idle.state.status, running.state.status],
    pids: [shown.state.pid > 0, running.state.pid !== shown.state.pid],
    stopped: stopped.map((event) => event.type),
    started: [started.at(0).type, started.at(-1).type],
    left: await sprite.listServices(),
  };
}

export async function failing(client, sprite) {
  const bad = { cmd: "sh", args: ["-c", "exit 3"] };
  const events = await all(sprite.createService("bad", bad, "500ms"));
  const codes = events.filter((event) => event.type === "exit").map((event) => event.exitCode);
  return { codes: codes.length > 0 && codes.every((code) => code === 3) };
}

export async function needs(client, sprite) {
  const sleeper = { cmd: "sleep", args: ["600"] };
  await all(sprite.createService("below", sleeper, "100ms"));
  await all(sprite.createService("above", { ...sleeper, needs: ["below"] }, "100ms"));
  return {
    needs: (await sprite.getService("above")).needs,
    stop: await status(sprite.stopService("below")),
    delete: await status(sprite.deleteService("below")),
    unknown: await status(sprite.getService("nothing")),
    signal: await status(sprite.signalService("above", "NONSENSE")),
  };
}

export async function signalled(client, sprite) {
  const appears = (path) =>
    sprite.execFile("sh", ["-c", `while ! test -s ${path}; do sleep 0.05; done`]);
  const trap = "trap 'echo again > /tmp/seen' HUP";
  const script = `${trap}; echo . > /tmp/set; while :; do sleep 0.05; done`;
  await all(sprite.createService("main", { cmd: "sh", args: ["-c", script] }, "100ms"));
  await appears("/tmp/set");
  await sprite.signalService("main", "HUP");
  await appears("/tmp/seen");
  return (await sprite.execFile("cat", ["/tmp/seen"])).stdout;
}

export async function followed(client, sprite) {
  const config = { cmd: "sh", args: ["-c", "echo one; echo two; exec sleep 600"] };
  await all(sprite.createService("main", config, "500ms"));
  const restarted = await all(sprite.restartService("main", "500ms"));
  const logs = await all(sprite.getServiceLogs("main", { lines: 1 }));
  return {
    restarted: ["stopping", "stopped", "started", "complete"].every((type) =>
      restarted.some((event) => event.type === type),
    ),
    logs: logs.map((event) => [event.type, event.data ?? null]),
  };
}
