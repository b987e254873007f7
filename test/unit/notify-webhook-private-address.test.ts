import { describe, expect, test } from "vitest";
import { webhookKind } from "../../src/notify/webhook/config.js";
import { isPublicAddress } from "../../src/notify/webhook/private-address.js";

test.each([
  ["this machine", ["127.0.0.1", "127.255.255.254", "::1"]],
  [
    "private networks",
    ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
  ],
  ["the link, where clouds keep their secrets", ["169.254.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0"]],
  ["carriers' networks", ["100.64.0.1", "100.127.255.255"]],
  ["local networks of IPv6", ["fc00::1", "fd12:3456::1", "fec0::1"]],
  ["this network, or none", ["0.0.0.0", "0.1.2.3", "::"]],
  ["many at once", ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"]],
  [
    "tests, documents and nothing yet",
    ["192.0.2.1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "2001:db8::1", "4000::1"],
  ],
  [
    "IPv4 inside IPv6",
    ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"],
  ],
  ["no address", ["", "localhost", "1.2.3", "8.8.8.8 ", "[::1]"]],
])("an address of %s is not public", (_, addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

test("the neighbours of what is not public are", () => {
  const neighbours = ["9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "100.128.0.0"];
  const others = ["1.0.0.1", "8.8.8.8", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"];
  expect([...neighbours, ...others].filter((address) => !isPublicAddress(address))).toEqual([]);
});

describe("a webhook's url", () => {
  const problems = (given: Readonly<Record<string, unknown>>) =>
    webhookKind.problemsOf?.(given).map(({ key, message }) => `${key}: ${message}`);
  const refused =
    "allow_private_addresses: has to be true here: the webhook's url leads to this machine or a private network";

  test.each([
    "http://127.0.0.1:9/hook",
    "http://127.1/hook",
    "http://0x7f000001/hook",
    "http://2130706433/hook",
    "https://[::1]/hook",
    "https://[::ffff:10.0.0.1]/hook",
    "https://localhost/hook",
    "https://LOCALHOST./hook",
    "https://app.localhost/hook",
    "https://169.254.169.254/latest",
  ])("that is %s needs permission to be private", (url) => {
    expect(problems({ url })).toEqual([refused]);
    expect(problems({ url, allow_private_addresses: false })).toEqual([refused]);
    expect(problems({ url, allow_private_addresses: true })).toEqual([]);
    expect(problems({ url, allow_private_addresses: "true" })).toEqual([]);
  });

  test("that only a name server can tell is left to the connection", () => {
    expect(problems({ url: "https://hooks.internal/hook" })).toEqual([]);
    expect(problems({ url: "https://localhost.example.com/hook" })).toEqual([]);
  });
});
