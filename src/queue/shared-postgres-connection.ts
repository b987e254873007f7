import { type PgPool, PostgresConnection } from "bullmq";
import type pg from "pg";

type ListenClient = Awaited<ReturnType<PostgresConnection["getListenClient"]>>;

/** A connection whose one listener many workers use: it is sent their queries one after the other, as `pg` demands. */
export class SharedPostgresConnection extends PostgresConnection {
  private readonly orderly = new WeakSet<ListenClient>();
  private ended: Promise<void> | undefined;

  /**
   * Takes over the pool, of which the listener keeps one client. BullMQ can make a pool itself, but would then listen with a
   * client beside it, which ends the process when its connection is lost at the wrong moment: see `PostgresClient`.
   */
  constructor(pool: pg.Pool) {
    super(pool as unknown as PgPool); // declared with fewer overloads, which TypeScript cannot match
  }

  override close(): Promise<void> {
    this.ended ??= super.close().then(() => this.pool.end());
    return this.ended;
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
