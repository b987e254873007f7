import { expect, test } from "vitest";
import { connectionSettings } from "../../src/store/connection.js";

const optionsIn = (connectionString: string | undefined) => new URL(connectionString ?? "").searchParams.get("options");

test("every connection works in UTC and in the schema public, whatever options the URL has, which stay in force", () => {
  const url = "postgres://zebra:p%40ss@db.test:5433/polarwatch?sslmode=disable&options=-c%20TimeZone%3DAsia/Tokyo";
  const { connectionString } = connectionSettings(url, { statement_timeout: 5 });
  expect(optionsIn(connectionString)).toBe(
    "-c TimeZone=Asia/Tokyo -c TimeZone=UTC -c search_path=public -c statement_timeout=5",
  );
  expect(connectionString).toMatch(/^postgres:\/\/zebra:p%40ss@db\.test:5433\/polarwatch\?sslmode=disable&options=/);
});

test("a connection string that is no URL, such as the path of a socket, is left to the driver", () => {
  const { connectionString, options } = connectionSettings("/var/run/postgresql polarwatch");
  expect(connectionString).toBe("/var/run/postgresql polarwatch");
  expect(options).toBe("-c TimeZone=UTC -c search_path=public");
});
