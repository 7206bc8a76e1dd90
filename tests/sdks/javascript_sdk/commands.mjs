// Commands: outcomes, input, terminals, sessions.

import { createHash, randomBytes } from "node:crypto";
import { on, once } from "node:events";

/** Settle as the command ends: what it printed, and its exit code. */
async function ended(command) {
  const out = [];
  command.stdout.on("data", (chunk) => out.push(chunk));
  const [code] = await once(command, "exit");
  return { code, output: Buffer.concat(out) };
}

async function printed(command, word) {
  let seen = "";
  for await (const [chunk] of on(command.stdout, "data")) {
    seen += chunk;
    if (seen.includes(word)) return;
  }
}

const failure = (promise) => promise.then(() => null, (error) => error);

export async function outcomes(client, sprite) {
  const done = await failure(sprite.execFile("sh", ["-c", "echo out; echo err >&2; exit 3"]));
  const words = ["%s|", "a b", "", "$HOME", "é", "'\""];
  return {
    streams: [done.exitCode, done.stdout, done.stderr],
    checked: (await failure(sprite.execFile("false"))).exitCode,
    signal: (await failure(sprite.execFile("sh", ["-c", "kill -TERM $$"]))).exitCode,
    missing: (await failure(sprite.execFile("no-such-program"))).exitCode ?? null,
    words: (await sprite.execFile("printf", words)).stdout,
  };
}

export async function surroundings(client, sprite) {
  const env = { A: "x=y z", PATH: "/bin:/usr/bin" };
  const given = await sprite.execFile("sh", ["-c", "echo $A; pwd"], { env, cwd: "/tmp" });
  const standard = await sprite.execFile("sh", ["-c", "pwd; id -un"]);
  return { given: given.stdout, default: standard.stdout };
}

export async function large_output(client, sprite) {
  const script = "yes 0123456789 | head -c 3000000";
  const done = await sprite.execFile("sh", ["-c", script], { encoding: "latin1" });
  const expected = "0123456789\n".repeat(300_000).slice(0, 3_000_000);
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  return { size: done.stdout.length, same: hash(done.stdout) === hash(expected) };
}

export async function input_to_its_end(client, sprite) {
  const data = randomBytes(300_000);
  const command = sprite.spawn("cat");
  await once(command, "spawn");
  const end = ended(command);
  command.stdin.end(data);
  const { code, output } = await end;
  return { same: output.equals(data), none: code };
}

export async function terminal(client, sprite) {
  const options = { tty: true, rows: 30, cols: 100 };
  const script = "stty size; echo e >&2; exit 3";
  const failed = await ended(sprite.spawn("sh", ["-c", script], options));
  const fine = await ended(sprite.spawn("sh", ["-c", "exit 0"], options));
  return { output: failed.output.toString(), code: failed.code, fine: fine.code };
}

export async function resized(client, sprite) {
  const script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done";
  const command = sprite.spawn("sh", ["-c", script], { tty: true, rows: 30, cols: 100 });
  const end = ended(command);
  await printed(command, "ready");
  command.resize(90, 20);
  return (await end).output.toString().trim().split("\r\n").at(-1);
}

export async function sessions(client, sprite) {
  const script = "echo ready; read word; echo got $word; exit 5";
  const first = sprite.createSession("sh", ["-c", script]);
  const firstEnd = ended(first);
  await printed(first, "ready");
  const [session, ...others] = await sprite.listSessions();
  const second = sprite.attachSession(session.id);
  const secondEnd = ended(second);
  await once(second, "spawn");
  second.stdin.write("hello\n");
  const ends = await Promise.all([firstEnd, secondEnd]);
  return {
    listed: [session.tty, session.isActive, session.command.includes("echo ready")],
    others: others.length,
    codes: ends.map((one) => one.code),
    outputs: ends.map((one) => one.output.includes("got hello")),
    left: (await sprite.listSessions()).length,
  };
}

export async function killed(client, sprite) {
  const command = sprite.spawn("sh", ["-c", "echo ready; exec sleep 60"]);
  const end = ended(command);
  await printed(command, "ready");
  const [session] = await sprite.listSessions();
  const types = [];
  let told;
  await (await sprite.killSession(session.id, "SIGTERM", "5s")).processAll((event) => {
    types.push(event.type);
    told = event.exitCode;
  });
  return { types: [types.at(0), types.at(-1)], code: (await end).code, told };
}

export async function signalled(client, sprite) {
  const command = sprite.spawn("sh", ["-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done"]);
  const end = ended(command);
  await printed(command, "ready");
  command.kill("INT");
  return (await end).code;
}

// Its answer can only be read where chunks arrive as they were sent, which Node does not promise:
// commands that print nothing answer with one chunk.
export async function over_http(client, sprite) {
  const script = "exec > /tmp/seen; cat; pwd; echo $A";
  const done = await sprite.execFileHTTP("sh", ["-c", script], {
    input: "in\n",
    cwd: "/var",
    env: { A: "b", PATH: "/bin:/usr/bin" },
  });
  const failed = await failure(sprite.execFileHTTP("sh", ["-c", "exit 4"]));
  const seen = await sprite.filesystem().readFile("/tmp/seen", "utf8");
  return { seen, code: done.exitCode, failed: failed.exitCode };
}

export async function split_at_blanks(client, sprite) {
  return (await sprite.exec('printf %s| "a b"')).stdout;
}
