import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** What a translator between IPv6 and IPv4 puts before the address that it really connects to. */
const TRANSLATED = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
/** What is given out for the public network; other space is unassigned or for a purpose. */
const GLOBAL = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an IP address belongs to the public network, as opposed to this machine, its networks or none at all. */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text); // an IPv4 address inside an IPv6 one is that IPv4 address
  if (address.kind() === "ipv4") return address.range() === "unicast";
  if (address.match(TRANSLATED)) return isPublicAddress(address.toByteArray().slice(12).join("."));
  return address.range() === "unicast" && address.match(GLOBAL);
}

/** Whether the address of a URL surely is not public, whatever any name server says. What is no URL leads nowhere at all. */
export function leadsNowherePublic(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === "localhost" || host.endsWith(".localhost");
}
