// Tunnels, ports and the watching of files, none of which sprites-py offers.

import { on, once } from "node:events";
import { connect } from "node:net";

const ECHO = `
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    while data := connection.recv(65536):
        connection.sendall(data.upper())
    connection.close()
`;

/** Start a program that answers in capitals, and return its port and its command. */
async function listening(sprite) {
  const command = sprite.spawn("python3", ["-c", ECHO]);
  for await (const [chunk] of on(command.stdout, "data")) return [Number(`${chunk}`), command];
}

async function talk(session, text) {
  const socket = connect(session.server.address().port, "localhost");
  await once(socket, "connect");
  socket.write(text);
  let heard = "";
  for await (const chunk of socket) {
    heard += chunk;
    if (heard.length >= text.length) break;
  }
  socket.destroy();
  return heard;
}

export async function tunnel(client, sprite) {
  const [port] = await listening(sprite);
  const session = await sprite.proxyPort(0, port);
  const answers = await Promise.all(["one", "two", "x".repeat(200_000)].map((text) => talk(session, text)));
  session.close();
  return { small: answers.slice(0, 2), large: answers[2] === "X".repeat(200_000) };
}

export async function ports(client, sprite) {
  const watcher = await sprite.watchPorts();
  const first = await watcher.next();
  const [port, command] = await listening(sprite);
  const opened = await watcher.next();
  command.kill("KILL");
  const closed = await watcher.next();
  watcher.close();
  return {
    first: [first.type, first.ports],
    opened: [opened.type, opened.port === port, opened.pid > 0],
    closed: [closed.type, closed.port === port],
  };
}

export async function files(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.writeFile("watched/here", "");
  const watcher = await files.watch(["watched"], { recursive: true });
  const subscribed = await watcher.next();
  await sprite.execFile("sh", ["-c", "echo data > /tmp/watched/new"]);
  const events = [];
  for (;;) {
    const event = await watcher.next();
    events.push(event);
    if (event.path.endsWith("/new") && event.event === "write") break;
  }
  watcher.close();
  return {
    subscribed: [subscribed.type, subscribed.paths.length],
    types: [...new Set(events.map((event) => event.type))],
    created: events.some((event) => event.event === "create"),
  };
}
