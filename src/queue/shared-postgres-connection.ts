import { PostgresConnection } from "bullmq";

type ListenClient = Awaited<ReturnType<PostgresConnection["getListenClient"]>>;

/** A connection whose one listener many workers use: it is sent their queries one after the other, as `pg` demands. */
export class SharedPostgresConnection extends PostgresConnection {
  private readonly orderly = new WeakSet<ListenClient>();

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
