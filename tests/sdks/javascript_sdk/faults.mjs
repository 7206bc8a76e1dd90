// What the SDK makes of a server that fails on purpose.

async function inject(client, sprite, kind, options = {}) {
  const response = await fetch(`${client.baseURL}/_faults`, {
    method: "POST",
    headers: { Authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ kind, sprite: sprite.name, ...options }),
  });
  if (response.status !== 201) throw new Error(await response.text());
}

const failure = (promise) => promise.then((value) => value, (error) => error);

export async function streams(client, sprite) {
  const found = {};
  const faults = { cut: { after: 2 }, error_event: { after: 1 }, garbage: { after: 1 } };
  for (const [kind, options] of Object.entries(faults)) {
    await inject(client, sprite, kind, { operation: "create_checkpoint", ...options });
    const messages = [];
    await (await sprite.createCheckpoint()).processAll((message) => {
      messages.push(message.type);
    });
    found[kind] = [messages.length, messages.at(-1)];
  }
  return found;
}

export async function no_exit_code(client, sprite) {
  await inject(client, sprite, "no_exit", { times: 2 });
  const pipe = await failure(sprite.execFile("false"));
  const terminal = await failure(sprite.execFile("false", [], { tty: true }));
  return { pipe: pipe.exitCode, terminal: terminal.exitCode };
}

export async function control_without_code(client, sprite, sdk) {
  const options = { baseURL: client.baseURL, controlMode: true };
  const one = new sdk.SpritesClient(client.token, options).sprite(sprite.name);
  const codes = [];
  for (const kind of [null, "no_exit_code"]) {
    if (kind) await inject(client, sprite, kind);
    const cc = await one.getControlConnection();
    codes.push(await (await cc.startOp("exec", { cmd: ["sh", "-c", "exit 7"] })).wait());
    one.closeControlConnection();
  }
  return codes;
}

export async function rate_limit(client, sprite) {
  const options = { operation: "create_checkpoint", status: 429, retry_after: 7 };
  await inject(client, sprite, "status", options);
  const error = await failure(sprite.createCheckpoint());
  return { status: error.statusCode ?? null, retry_after: error.retryAfterHeader ?? null };
}
