// What is left: tokens, control of operations, several tunnels at once, helpers of errors.

import { once } from "node:events";

/** Collect what an operation or a command prints until a word is there. */
function printed(source, word) {
  return new Promise((resolve) => {
    let seen = "";
    source.on("data" in source ? "data" : "stdout", (chunk) => {
      seen += chunk;
      if (seen.includes(word)) resolve(seen);
    });
  });
}

const failure = (promise) => promise.then(() => null, (error) => error);

// The SDK asks the hosted platform, whatever its base URL; only the network leads here.
export async function token(client, sprite, sdk) {
  const { fetch } = globalThis;
  globalThis.fetch = (url, options) =>
    fetch(`${url}`.replace("https://api.sprites.dev", client.baseURL), options);
  try {
    const made = await sdk.SpritesClient.createToken(client.token, "local", "invitation");
    const refused = await failure(sdk.SpritesClient.createToken("no-macaroon", "local"));
    const other = new sdk.SpritesClient(made, { baseURL: client.baseURL });
    const found = await other.getSprite(sprite.name);
    return { opens: found.name === sprite.name, refused: refused.statusCode };
  } finally {
    globalThis.fetch = fetch;
  }
}

export async function operations(client, sprite, sdk) {
  const options = { baseURL: client.baseURL, controlMode: true };
  const one = new sdk.SpritesClient(client.token, options).sprite(sprite.name);
  const wait = "while :; do sleep 0.05; done";
  const terminal = `trap 'stty size; exit 6' WINCH; echo ready; ${wait}`;
  const cc = await one.getControlConnection();
  const first = await cc.startOp("exec", { cmd: ["sh", "-c", terminal], tty: true, stdin: true });
  let seen = "";
  first.on("stdout", (chunk) => (seen += chunk));
  await printed(first, "ready");
  first.resize(90, 20);
  const resized = [await first.wait(), seen.trim().endsWith("20 90")];
  cc.clearOpConn();
  const plain = `trap 'exit 9' INT; echo ready; ${wait}`;
  const second = await cc.startOp("exec", { cmd: ["sh", "-c", plain] });
  await printed(second, "ready");
  second.signal("INT");
  const signalled = [await second.wait(), second.getExitCode(), second.isClosed()];
  second.close();
  const open = cc.isClosed();
  one.closeControlConnection();
  return { resized, signalled, closed: [open, cc.isClosed()] };
}

export async function commands(client, sprite) {
  const command = sprite.spawn("sh", ["-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done"]);
  const ready = new Promise((resolve) => command.stdout.once("data", resolve));
  const before = command.exitCode();
  await ready;
  command.signal("INT");
  return { before, code: await command.wait(), after: command.exitCode() };
}

export async function tunnels(client, sprite, sdk) {
  const ports = [8101, 8102];
  for (const port of ports) {
    const program = `import socket; s = socket.create_server(("127.0.0.1", ${port})); print("up", flush=True)
while True: c, _ = s.accept(); c.sendall(c.recv(9) + b" ${port}"); c.close()`;
    const command = sprite.spawn("python3", ["-c", program]);
    await new Promise((resolve) => command.stdout.once("data", resolve));
  }
  const { connect } = await import("node:net");
  const heard = async (session) => {
    const socket = connect(session.server.address().port, "localhost");
    socket.write("from"); // who speaks first here loses what comes at once
    const [chunk] = await once(socket, "data");
    socket.destroy();
    return `${chunk}`;
  };
  const mappings = ports.map((remotePort) => ({ localPort: 0, remotePort }));
  const together = await sprite.proxyPorts(mappings);
  const apart = await sdk.proxyPorts(client, sprite.name, mappings.slice(0, 1));
  const answers = await Promise.all([...together, ...apart].map(heard));
  const manager = new sdk.ProxyManager();
  for (const session of [...together, ...apart]) manager.addSession(session);
  const addresses = together.map((session) => /:\d+$/.test(session.localAddr()));
  const ended = [manager.waitAll(), together[0].wait()];
  manager.closeAll();
  await Promise.all(ended);
  return { answers, addresses };
}

export async function services(client, sprite) {
  const types = [];
  const stream = await sprite.createService("main", { cmd: "sleep", args: ["600"] }, "100ms");
  await stream.processAll((event) => {
    types.push(event.type);
  });
  return types;
}

export async function limits(client, sprite) {
  const order = { kind: "status", operation: "get_sprite", status: 429, retry_after: 7, sprite: sprite.name };
  await fetch(`${client.baseURL}/_faults`, {
    method: "POST",
    headers: { Authorization: `Bearer ${client.token}` },
    body: JSON.stringify(order),
  });
  const error = await failure(client.getSprite(sprite.name));
  return [
    error.isRateLimitError(),
    error.isCreationRateLimited(),
    error.isConcurrentLimitExceeded(),
    error.getRetryAfterSeconds(),
  ];
}
