import { drawBetween, hashOf, shuffled } from "./random.js";
import type { Sample } from "./samples.js";

/** An installed integration, as the server tells about it. */
export type Integration = {
  readonly id: string;
  readonly name: string;
  readonly acronym: string;
  readonly description: string;
  readonly version: string;
  readonly entityTypes: readonly string[];
  status: string;
};

const MAKERS =
  "Northlight Harborview Redfern Quillon Tessera Bluegate Ironwood Larkspur Meridian Oakhurst Pinecrest Silverfin Stonebridge Umbrix Vantor Westmark Yarrow Zephyrine Calder Dunmore".split(
    " ",
  );
const KINDS =
  "Threat Feed,Sandbox,Passive DNS,Asset Search,Ticketing,Malware Archive,Certificate Log,Phishing Desk,Mail Gateway,Host Inventory".split(
    ",",
  );
const ENTITY_TYPES = "IPv4 IPv4CIDR IPv6 MAC MD5 SHA1 SHA256 cve domain email url string".split(" ");
const NOT_RUNNING = ["stopped", "starting", "errored"];

/** `count` integrations: first those that the samples come from, then invented ones, of which a few do not run. */
export function inventIntegrations(samples: readonly Sample[], count: number, seed: number): Integration[] {
  const known = new Map(samples.map((sample) => [sample.integration.id, sample.integration]));
  const names = shuffled(
    MAKERS.flatMap((maker) => KINDS.map((kind) => `${maker} ${kind}`)),
    seed,
    "names",
  );
  const invented = Array.from({ length: Math.max(0, count - known.size) }, (_, index) => {
    const copy = Math.floor(index / names.length);
    const name = `${names[index % names.length]}${copy === 0 ? "" : ` ${copy + 1}`}`;
    const slug = name.toLowerCase().replaceAll(" ", "_");
    const installed = 1725280200 + index * 211;
    return { id: `${slug}_node_${index % 2 === 0 ? 18 : 20}_${installed}`, name, acronym: initialsOf(name) };
  });
  return [...known.values(), ...invented].slice(0, count).map((integration, index) => ({
    ...integration,
    description: `Looks up indicators in ${integration.name}.`,
    version: `${drawBetween(3, 5, seed, "major", index)}.${drawBetween(0, 9, seed, "minor", index)}.${index % 4}`,
    entityTypes: shuffled(ENTITY_TYPES, seed, "types", index).slice(0, drawBetween(1, 5, seed, "number", index)),
    status: index >= known.size && hashOf(seed, "status", index) % 20 === 0 ? notRunning(seed, index) : "running",
  }));
}

const notRunning = (seed: number, index: number) =>
  NOT_RUNNING[hashOf(seed, "why", index) % NOT_RUNNING.length] ?? "stopped";

const initialsOf = (name: string) =>
  name
    .split(" ")
    .map((word) => (/^\d/.test(word) ? word : word.slice(0, 2).toUpperCase()))
    .join("");
