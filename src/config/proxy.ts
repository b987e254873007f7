import { BlockList, isIP } from "node:net";
import { isLoopback, type Parsed, parseProxyUrl } from "./values.js";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that `HTTPS_PROXY` or `HTTP_PROXY` asks for on the way to this address, null for a direct connection: to
 * loopback, and to what `NO_PROXY` lists. The lower-case spellings win, as they do in curl.
 */
export function proxyOf(serverUrl: string, env: Env): { name: string; proxy: Parsed<string> } | null {
  const url = new URL(serverUrl);
  const upper = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const name = env[upper.toLowerCase()] ? upper.toLowerCase() : upper;
  const proxy = env[name] ?? "";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (proxy === "" || isLoopback(host)) return null;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const exceptions = (env.no_proxy || env.NO_PROXY || "").split(/[\s,]+/).filter((entry) => entry !== "");
  return exceptions.some((entry) => covers(entry.toLowerCase(), host, port))
    ? null
    : { name, proxy: parseProxyUrl(proxy) };
}

/** `*`, a host with those below it, `.domain`, an address or a network; with `:port` only for that port. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const network = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry);
  if (network !== null) return isInNetwork(host, network[1] ?? "", Number(network[2]));
  const withPort = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(entry);
  if (withPort !== null && withPort[3] !== port) return false;
  const bare = (withPort?.[1] ?? withPort?.[2] ?? entry).replace(/^\[(.*)\]$/, "$1").replace(/^\*?\./, "");
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || prefix > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}
