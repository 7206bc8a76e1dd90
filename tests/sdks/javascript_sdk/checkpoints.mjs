// Checkpoints: create, list, get, restore.

async function all(stream) {
  const messages = [];
  await stream.processAll((message) => {
    messages.push(message);
  });
  return messages;
}

export async function workflow(client, sprite) {
  const files = sprite.filesystem();
  await files.writeFile("/tmp/state", "before");
  const messages = await all(await sprite.createCheckpoint("pre-migration"));
  await files.writeFile("/tmp/state", "after");
  const found = await sprite.listCheckpoints();
  const checkpoint = found.find((one) => one.comment === "pre-migration");
  const shown = await sprite.getCheckpoint(checkpoint.id);
  const restored = await all(await sprite.restoreCheckpoint(checkpoint.id));
  return {
    id: checkpoint.id,
    types: [messages.at(0).type, messages.at(-1).type, restored.at(-1).type],
    told: messages.some((one) => `${one.data.trim().split(/\s+/)}` === `ID:,${checkpoint.id}`),
    last: [messages.at(-1).data, restored.at(-1).data],
    same: [shown.id, shown.comment, +shown.createTime === +checkpoint.createTime],
    state: await files.readFile("/tmp/state", "utf8"),
    file: (await sprite.execFile("cat", ["/tmp/state"])).stdout,
  };
}

export async function lists(client, sprite) {
  for (const comment of ["one", "two"]) await all(await sprite.createCheckpoint(comment));
  await all(await sprite.restoreCheckpoint("v1"));
  await all(await sprite.createCheckpoint());
  const found = await sprite.listCheckpoints();
  return {
    ids: found.map((one) => one.id),
    comments: found.map((one) => one.comment ?? null),
    aware: found.every((one) => !Number.isNaN(+one.createTime)),
    ancestors: (await sprite.listCheckpoints("v3")).map((one) => one.id),
  };
}

export async function fields(client, sprite) {
  await all(await sprite.createCheckpoint("first"));
  await all(await sprite.createCheckpoint("second"));
  const { isAuto, sourceId, history, health } = await sprite.getCheckpoint("v2");
  return { isAuto, sourceId, history, health: health ?? null };
}

export async function refusals(client, sprite) {
  const said = (promise) => promise.then(() => null, (error) => error.message);
  return {
    get: await said(sprite.getCheckpoint("v9")),
    restore: await said(sprite.restoreCheckpoint("v9")),
    sprite: await said(client.sprite("js-nobody").createCheckpoint()),
  };
}
