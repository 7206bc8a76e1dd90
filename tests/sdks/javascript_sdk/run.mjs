// Run the scenarios of one file against a server, and print what each returned, a line each.
//
// A scenario is an exported function of that file; it is given the official SDK's client, a
// sprite that is there, and the SDK itself.

const sdk = await import(process.env.SPRITES_TEST_SDK);
const scenarios = await import(`./${process.argv[2]}.mjs`);
const client = new sdk.SpritesClient(process.env.SPRITES_TEST_TOKEN, {
  baseURL: process.env.SPRITES_TEST_URL,
});

async function run([name, scenario]) {
  const result = { scenario: name };
  const sprite = await client.createSprite(`js-${process.argv[2]}-${name}`.replaceAll("_", "-"));
  try {
    result.value = await scenario(client, sprite, sdk);
  } catch (error) {
    result.error = `${error.stack}`;
  } finally {
    await sprite.delete();
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

// Most of the time is spent waiting: three at a time.
const waiting = Object.entries(scenarios);
const workers = Array.from({ length: 3 }, async () => {
  while (waiting.length > 0) await run(waiting.shift());
});
await Promise.all(workers);
// Watchers and timers of the SDK would keep the process.
process.exit(0);
