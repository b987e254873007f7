import ipaddr from "ipaddr.js";

const FAILURES_MAX = 10;
const SPAN_MS = 60_000;
/** Bounds the memory: beyond it the address that failed first is forgotten. */
const ADDRESSES_MAX = 10_000;

export type FailedLogins = {
  /** How long this address has to wait before anything that it shows is looked at; 0 when it need not. */
  waitMs(address: string, now: Date): number;
  /** Notes that an address showed a token that is none; true when it has to wait from now on. */
  note(address: string, now: Date): boolean;
};

/**
 * Who shows ten wrong tokens within a minute has to wait until fewer are that new, with a right one as well: else a guess
 * would be worth a try. In memory, of this process alone; a restart forgets it, and costs who guesses more than a minute.
 */
export function createFailedLogins(): FailedLogins {
  const failures = new Map<string, readonly number[]>();
  const waitMs = (address: string, now: Date) => {
    const oldest = failures.get(placeOf(address))?.at(-FAILURES_MAX);
    return oldest === undefined ? 0 : Math.max(0, oldest + SPAN_MS - now.getTime());
  };
  return {
    waitMs,
    note(address, now) {
      const place = placeOf(address);
      const before = failures.get(place) ?? [];
      failures.delete(place); // to stand last, as the latest
      failures.set(place, [...before, now.getTime()].slice(-FAILURES_MAX));
      const [first] = failures.keys();
      if (failures.size > ADDRESSES_MAX && first !== undefined) failures.delete(first);
      return waitMs(address, now) > 0;
    },
  };
}

/** One place for each IPv4 address, and for each /64 of IPv6, which is what one customer has. */
function placeOf(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return parsed.parts.slice(0, 4).join(":");
}
