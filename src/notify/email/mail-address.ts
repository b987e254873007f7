const BARE = /^[^\s<>@",;:\\]+@[^\s<>@",;:\\]+$/;
const NAMED = /^([^<>\p{Cc}]*)<([^<>]+)>$/u;

/** `alerts@example.com` or `polarwatch <alerts@example.com>`, apart; null when it is neither. */
export function parseMailAddress(text: string): { name: string; address: string } | null {
  const named = NAMED.exec(text.trim());
  const name = (named?.[1] ?? "").trim().replace(/^"(.*)"$/, "$1");
  const address = (named?.[2] ?? text).trim();
  return BARE.test(address) ? { name, address } : null;
}
