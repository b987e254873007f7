/** Where the queue lives. */
export type QueueSettings =
  | {
      kind: "redis";
      /** As `parseRedisAddress` reads it. */
      url: string;
      /** Keys start with this in braces, so that a Redis Cluster keeps them in one slot. Default: polarwatch. */
      prefix?: string;
    }
  | { kind: "postgres"; databaseUrl: string };
