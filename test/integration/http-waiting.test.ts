import { expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { readList } from "../support/json-api.js";
import { anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

databaseTest(
  "what waits for a destination is seen in the API and in the metrics, and how long it waits",
  async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(someErrors()));
    watch.clock.advance(MINUTE);
    await watch.poll(aRead([...someErrors(), anError({ polarityId: "new" })]));
    await watch.diffAll();
    watch.clock.advance(MINUTE);
    const server = await startHttp(watch);
    const { data } = await readList(server, "/api/destinations");
    expect(data).toMatchObject([
      { id: ONCALL, attributes: { due: 1, later: 0, storm: null, "last-day": { delivered: 1, dead: 0 } } },
    ]);
    const { httpStatus, text, headers } = await ask(server, "/metrics");
    expect([httpStatus, headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(text).toContain(`polarwatch_deliveries_due{destination="${ONCALL}"} 1`);
    expect(text).toContain(`polarwatch_deliveries_due_age_seconds{destination="${ONCALL}"} 60`);
    expect(text).toContain(`polarwatch_deliveries_settled_last_day{destination="${ONCALL}",outcome="delivered"} 1`);
  },
);
