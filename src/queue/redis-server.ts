/** What the answer to Redis' `INFO` says about using it for a queue. */
export type RedisServer = {
  /** Full sentences for the operator. */
  warnings: readonly string[];
  /** In BullMQ's words: may a wait be a fraction of a second, and as short as a millisecond? */
  capabilities: { canDoubleTimeout: boolean; canBlockFor1Ms: boolean };
};

export function redisServerOf(info: string): RedisServer {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  const warnings: string[] = [];
  const policy = fields.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(
      `Redis may drop jobs when its memory is full: its maxmemory-policy is ${policy}, set it to noeviction`,
    );
  }
  // Both answer with an old version of Redis beside their own.
  const isFork = fields.has("valkey_version") || fields.has("dragonfly_version");
  const version = fields.get("redis_version") ?? "";
  const isAtLeast = (wanted: string) => isFork || compareVersions(version, wanted) >= 0;
  if (!isAtLeast("5.0.0")) warnings.push(`Redis 5 or later is needed, this is ${version === "" ? "unknown" : version}`);
  return { warnings, capabilities: { canDoubleTimeout: isAtLeast("6.0.0"), canBlockFor1Ms: isAtLeast("7.0.8") } };
}

function compareVersions(left: string, right: string): number {
  return left.localeCompare(right, "en", { numeric: true });
}
