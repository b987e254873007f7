import type { GroupTimes } from "../store/outbox.js";

/** Where what happens on a server is told, and at what pace. */
export type Route = { receiver: string; destinations: readonly string[]; times: GroupTimes };
