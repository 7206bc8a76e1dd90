// Files: write, read, list, stat, move, copy, mark, remove.

const said = (promise) => promise.then(() => null, (error) => error.code ?? `${error}`);
const output = async (sprite, ...words) => (await sprite.execFile(words[0], words.slice(1))).stdout;

export async function contents(client, sprite) {
  const files = sprite.filesystem("/tmp/box");
  const data = Buffer.alloc(1_024_000, Buffer.from([...Array(256).keys()]));
  await files.writeFile("deep/er/data.bin", data);
  await files.writeFile("ü.txt", "äöü\n", { mode: 0o600 });
  const stat = await files.stat("ü.txt");
  return {
    same: data.equals(await files.readFile("deep/er/data.bin")),
    text: await files.readFile("ü.txt", "utf8"),
    stat: ["ü.txt", stat.size, stat.mode & 0o777, stat.isDirectory()],
    seen: await output(sprite, "cat", "/tmp/box/ü.txt"),
    listed: (await files.readdir("/tmp/box")).sort(),
  };
}

export async function moves(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.writeFile("a/one", "1");
  await files.rename("a/one", "a/two");
  await files.copyFile("a", "b", { recursive: true });
  await files.chmod("b/two", 0o755);
  return {
    listed: [await files.readdir("a"), await files.readdir("b")],
    modes: await output(sprite, "stat", "-c", "%a %n", "/tmp/a/two", "/tmp/b/two"),
    gone: await files.exists("a/one"),
    content: await files.readFile("b/two", "utf8"),
  };
}

export async function removal(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.writeFile("d/f", "x");
  const full = await said(files.rm("d"));
  await files.rm("d/f");
  await files.rm("d");
  await files.writeFile("e/f/g", "x");
  await files.rm("e", { recursive: true });
  await files.rm("nothing", { force: true });
  return { full, left: [await files.exists("d"), await files.exists("e")] };
}

export async function refusals(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.writeFile("dir/file", "x");
  return {
    missing: await said(files.readFile("nothing")),
    directory: await said(files.readFile("dir")),
    below: await said(files.readFile("dir/file/x")),
  };
}

export async function more(client, sprite) {
  const files = sprite.filesystem("/tmp/more");
  await files.writeJSON("a.json", { b: [1] });
  await files.writeFile("log", "one\n");
  await files.appendFile("log", "two\n");
  await files.writeFile("sub/deep.json", "{}");
  await sprite.execFile("ln", ["-s", "log", "/tmp/more/link"]);
  const entries = await files.readdir("/tmp/more", { withFileTypes: true });
  const kinds = entries.map((one) => [one.name, one.isDirectory(), one.isSymbolicLink()]);
  const found = await files.readdir("/tmp/more", { recursive: true, pattern: "*.json" });
  await files.chown("log", { uid: "sprite" });
  return {
    json: await files.readJSON("a.json"),
    log: await files.readFile("log", "utf8"),
    kinds: kinds.sort(),
    found: found.sort(),
    owner: await output(sprite, "stat", "-c", "%U", "/tmp/more/log"),
  };
}

export async function stat_of_a_directory(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.writeFile("dir/child", "x");
  await sprite.execFile("mkdir", ["/tmp/empty"]);
  const stat = await files.stat("dir");
  return { is_dir: stat.isDirectory(), empty: await files.exists("empty") };
}

export async function making_a_directory(client, sprite) {
  const files = sprite.filesystem("/tmp");
  await files.mkdir("new", { recursive: true, mode: 0o700 });
  await files.writeFile("new/.keep", "mine");
  await files.mkdir("new");
  const made = await output(sprite, "stat", "-c", "%a", "/tmp/new");
  return { made, keep: await files.exists("new/.keep") };
}
