// Commands over one socket, one after the other.

export async function commands(client, sprite, sdk) {
  const options = { baseURL: client.baseURL, controlMode: true };
  const one = new sdk.SpritesClient(client.token, options).sprite(sprite.name);
  const failure = (promise) => promise.then(() => null, (error) => error);
  const surroundings = { env: { A: "b" }, cwd: "/tmp" };
  const fine = await one.execFile("sh", ["-c", "echo $A; pwd"], surroundings);
  const used = one.hasControlConnection();
  const cc = await one.getControlConnection();
  const op = await cc.startOp("exec", { cmd: ["sh", "-c", "cat; echo err >&2; exit 3"], stdin: true });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) op.on(name, (data) => (output[name] += data));
  op.write(Buffer.from("out\n"));
  op.sendEOF();
  const code = await op.wait();
  one.closeControlConnection();
  const failed = await failure(one.execFile("sh", ["-c", "exit 4"]));
  one.closeControlConnection();
  return {
    used,
    streams: [code, output.stdout, output.stderr],
    surroundings: [fine.exitCode, fine.stdout],
    failed: failed.exitCode,
  };
}
