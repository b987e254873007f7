import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { isPublicAddress } from "./private-address.js";

/** The code of the error with which a connection to an address that is not public is refused. */
export const NOT_PUBLIC = "ERR_ADDRESS_NOT_PUBLIC";

/** Finds all addresses of a name. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Connects to public addresses only. What is checked is the very addresses to which the connection then goes: a name that
 * leads elsewhere the second time it is looked up gains nothing.
 */
export function publicConnector(timeoutMs: number, lookup: Lookup = systemLookup): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, lookup: publicLookup(lookup) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[(.*)\]$/, "$1");
    // An address is never looked up, so it would get past the check of what was found.
    if (isIP(host) !== 0 && !isPublicAddress(host)) callback(refusal(), null);
    else connect(options, callback);
  };
}

/** A name of which one address is not public is refused whole: which one a connection takes is for chance to decide. */
function publicLookup(lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(refusal(), "");
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else if (first !== undefined) callback(null, first.address, first.family);
      else callback(refusal(), "");
    });
  };
}

function refusal(): Error {
  return Object.assign(new Error("The address is not public"), { code: NOT_PUBLIC });
}
