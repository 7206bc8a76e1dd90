// Policies of network, privileges and resources.

export async function network(client, sprite) {
  const rules = async () =>
    (await sprite.getNetworkPolicy()).rules.map((rule) =>
      [rule.domain, rule.action, rule.include].map((value) => value ?? null),
    );
  const first = await rules();
  await sprite.updateNetworkPolicy({
    rules: [
      { domain: "example.com", action: "allow" },
      { domain: "*", action: "deny" },
      { include: "defaults" },
    ],
  });
  const set = await rules();
  await sprite.updateNetworkPolicy({ rules: [] });
  const lifted = await rules();
  const bad = { rules: [{ domain: "example.com" }] };
  const refused = await sprite.updateNetworkPolicy(bad).catch((error) => error.message);
  return { first, set, lifted, refused: refused.startsWith("Invalid policy") };
}

export async function others(client, sprite) {
  const both = async () => [await sprite.getPrivilegesPolicy(), await sprite.getResourcesPolicy()];
  const first = await both();
  await sprite.updatePrivilegesPolicy({ profile: "minimal", noNewPrivileges: true });
  await sprite.updateResourcesPolicy({ memory: { limitMB: 512, autoscale: false } });
  const set = await both();
  await sprite.deletePrivilegesPolicy();
  await sprite.deleteResourcesPolicy();
  return { first, set, deleted: await both() };
}
