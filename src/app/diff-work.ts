import type { DiffPolicy } from "../domain/diff.js";
import type { VendorWidePolicy } from "../domain/inhibition.js";
import type { Labels } from "../domain/matcher.js";
import type { Rule } from "../domain/rule.js";
import type { ServerId } from "../domain/snapshot.js";
import type { NewTransition } from "../store/alerts.js";
import type { OwedTransition } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";
import type { UndiffedPoll } from "../store/undiffed-polls.js";
import type { Routing } from "./route.js";

/** By what the diff decides; the rules in the order in which they are asked. */
export type Policy = { diff: DiffPolicy; rules: readonly Rule[]; vendorWide: VendorWidePolicy };

/** One poll that is being diffed, in its transaction. */
export type DiffWork = {
  tx: Db;
  serverId: ServerId;
  poll: UndiffedPoll;
  routing: Routing;
  policy: Policy;
  /** The time of the poll, by which everything is decided. */
  at: Date;
  /** From when what is owed falls due. Where the clock was set back, the time of the poll lies ahead of it. */
  owedAt: Date;
};

/** A move of an alert. `kind` is null for a move that is recorded and told to nobody. */
export type Move = { transition: NewTransition; labels: Labels; kind: OwedTransition["kind"] | null };
