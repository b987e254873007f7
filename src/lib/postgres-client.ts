import pg from "pg";

/**
 * A client of Postgres whose connection may be lost at any moment: the query that meets the loss rejects, and nothing else
 * happens. One of `pg` ends the process where nobody listens: between two queries of whoever took it out of a pool, or in the
 * moment in which the connection is made.
 */
export class PostgresClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }
}
