// Sprites: create, get, list, update, delete.

export async function created(client) {
  const made = await client.createSprite("js-made", {
    labels: ["a", "b"],
    urlSettings: { auth: "public" },
  });
  const shown = await client.getSprite("js-made");
  await made.delete();
  return {
    id: made.id.startsWith("sprite-"),
    same: made.id === shown.id,
    name: made.name,
    labels: made.labels,
    auth: made.urlSettings.auth,
    status: shown.status,
    utc: made.createdAt.toISOString().endsWith("Z"),
  };
}

export async function pages(client) {
  const names = [0, 1, 2, 3, 4].map((number) => `js-page-${number}`);
  for (const name of names) await client.createSprite(name);
  const sizes = [];
  const seen = [];
  let token;
  do {
    const page = await client.listSprites({
      prefix: "js-page-",
      maxResults: 2,
      continuationToken: token,
    });
    sizes.push(page.sprites.length);
    seen.push(...page.sprites.map((info) => info.name));
    token = page.hasMore ? page.nextContinuationToken : undefined;
  } while (token);
  const everything = (await client.listAllSprites("js-page-")).map((one) => one.name);
  for (const name of names) await client.sprite(name).destroy();
  const left = await client.listAllSprites("js-page-");
  const all = [seen, everything].every((list) => `${list.sort()}` === `${names}`);
  return { sizes, all, left: left.length };
}

export async function updated(client, sprite) {
  await sprite.update({ labels: ["x"], urlSettings: { auth: "public" } });
  const only = await sprite.update({ labels: ["y"] });
  await sprite.updateURLSettings({ auth: "sprite", privateAccess: "admins" });
  const shown = await client.getSprite(sprite.name);
  return {
    kept: [only.labels, only.urlSettings.auth],
    shown: [shown.labels, shown.urlSettings.auth, shown.urlSettings.privateAccess],
  };
}

export async function upgraded(client, sprite) {
  return (await sprite.upgrade()) ?? null;
}

export async function health(client, sprite) {
  await sprite.execFile("true");
  const check = await sprite.check();
  const restart = await sprite.restart();
  return {
    status: check.status,
    ids: [check.spriteName === sprite.name, check.spriteId === sprite.id],
    restarted: restart.spriteName === sprite.name,
  };
}

export async function watched(client, sprite) {
  const stream = await client.watchSprites({ prefix: sprite.name });
  const first = await stream.next();
  await sprite.execFile("true");
  const change = await stream.next();
  stream.close();
  return {
    types: [first.type, change.type ?? null],
    change: [change.name === sprite.name, change.status],
    counted: [first.organization.cold, change.organization.running],
  };
}

export async function refusals(client, sprite, sdk) {
  const status = (promise) => promise.then(() => null, (error) => error.statusCode ?? `${error}`);
  const other = new sdk.SpritesClient("wrong", { baseURL: client.baseURL });
  return {
    unknown: await status(client.getSprite("js-nobody")),
    taken: await status(client.createSprite(sprite.name)),
    name: await status(client.createSprite("-no-")),
    token: await status(other.listSprites()),
  };
}
