import { type PgPool, PostgresConnection } from "bullmq";
import type pg from "pg";

type ListenClient = Awaited<ReturnType<PostgresConnection["getListenClient"]>>;

/** A connection whose one listener many workers use: it is sent their queries one after the other, as `pg` demands. */
export class SharedPostgresConnection extends PostgresConnection {
  private readonly orderly = new WeakSet<ListenClient>();

  private readonly owned: pg.Pool;

  /**
   * Takes over the pool, of which the listener keeps one connection. Of one that BullMQ made itself, the listener would be a
   * client of `pg` as it is, which see `PostgresClient`.
   */
  constructor(pool: pg.Pool) {
    super(pool as unknown as PgPool); // declared with fewer overloads, which TypeScript cannot match
    this.owned = pool;
  }

  override async close(): Promise<void> {
    await super.close();
    if (!this.owned.ending) await this.owned.end();
  }

  override async getListenClient(): Promise<ListenClient> {
    const client = await super.getListenClient();
    if (!this.orderly.has(client)) {
      this.orderly.add(client);
      queryInTurn(client);
    }
    return client;
  }
}

function queryInTurn(client: ListenClient): void {
  const query = client.query.bind(client);
  let last: Promise<unknown> = Promise.resolve();
  client.query = <Row>(text: string, values?: readonly unknown[]) => {
    const answer = last.then(() => query<Row>(text, values));
    last = answer.catch(() => undefined);
    return answer;
  };
}
