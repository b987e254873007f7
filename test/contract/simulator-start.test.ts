import { get as getTls } from "node:https";
import { describe, expect, test } from "vitest";
import { ask, loggedIn, startForTest } from "../support/simulator-client.js";

test("every request is remembered with what became of it, and without secrets", async () => {
  const { simulator, clock } = await startForTest();
  const token = await loggedIn(simulator);
  await ask(simulator, "/api/integrations?page[size]=20", { token: null });
  await ask(simulator, "/api/integrations/errors", { token });
  const seen = { at: clock(), failure: null };
  expect(simulator.requests()).toEqual([
    { ...seen, method: "POST", path: "/api/users/login", query: {}, authorised: false, httpStatus: 200 },
    {
      ...seen,
      method: "GET",
      path: "/api/integrations",
      query: { "page[size]": "20" },
      authorised: false,
      httpStatus: 401,
    },
    { ...seen, method: "GET", path: "/api/integrations/errors", query: {}, authorised: true, httpStatus: 200 },
  ]);
  expect(JSON.stringify(simulator.requests())).not.toContain("FAKE-");
});

describe("starting", () => {
  test("is refused with options that make no sense together", async () => {
    await expect(startForTest({ integrations: 0, errors: 1 })).rejects.toThrow(
      "Without integrations there can be no errors",
    );
    await expect(startForTest({ speed: 2 })).rejects.toThrow("are for the live scenario");
  });

  test("is refused on a port that is taken, and closing frees it", async () => {
    const { simulator } = await startForTest();
    const port = Number(new URL(simulator.url).port);
    await expect(startForTest({ port })).rejects.toThrow("EADDRINUSE");
    await simulator.close();
    await simulator.close();
    expect((await startForTest({ port })).simulator.url).toBe(simulator.url);
  });

  test("with a certificate the server speaks HTTPS", async () => {
    const { simulator } = await startForTest({ tls: { key: KEY, cert: CERTIFICATE } });
    expect(simulator.url).toMatch(/^https:/);
    const httpStatus = await new Promise((resolve, reject) => {
      getTls(`${simulator.url}/api/openapi`, { ca: CERTIFICATE, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on("error", reject);
    });
    expect(httpStatus).toBe(200);
  });
});

/** Made for this test; trusted by nobody. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQga8X2ytEY0zlA1Hoe
72/BV2usdohea5kIPLvIBDWr43ahRANCAAThcNZyGChnvmTgHY13FbFaHzDy/TFD
Szy94EJ+zon1EvgVKxQNGfuABfFj0ZIua+CBii2cNdJCPSjN2b4YYJR6
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqTCCAU6gAwIBAgIUFB2fkJq77jEtGh1eNNjUJwXe+aQwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVc2ltdWxhdGVkLmV4YW1wbGUuY29tMCAXDTI2MTEyMzIzMTQw
MVoYDzIxMjYxMDMwMjMxNDAxWjAgMR4wHAYDVQQDDBVzaW11bGF0ZWQuZXhhbXBs
ZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAThcNZyGChnvmTgHY13FbFa
HzDy/TFDSzy94EJ+zon1EvgVKxQNGfuABfFj0ZIua+CBii2cNdJCPSjN2b4YYJR6
o2QwYjAdBgNVHQ4EFgQUmfKBy7rbdspseuYO39IyKNLAV2QwHwYDVR0jBBgwFoAU
mfKBy7rbdspseuYO39IyKNLAV2QwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAG
hwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQCe6Z3lFXjmazXLicTUM6Um0JfVFCmc
6qN4J5OZBV9CbQIhAMmRQAbuvRKwuzsWR7qhCbzc4spVCxvjxRTTs+AT9PeE
-----END CERTIFICATE-----
`;
