// Commands that say nothing for a long time.

import { once } from "node:events";

async function ended(command) {
  let output = "";
  command.stdout.on("data", (chunk) => (output += chunk));
  const [code] = await once(command, "exit"); // an error rejects
  return [code, output];
}

export async function silent(client, sprite) {
  const begun = Date.now();
  const [pipe, terminal] = await Promise.all(
    [false, true].map((tty) => ended(sprite.spawn("sh", ["-c", "sleep 2; echo end"], { tty }))),
  );
  return { pipe, terminal, hasty: Date.now() - begun >= 100_000 };
}
