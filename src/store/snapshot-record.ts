import type { Cause } from "../domain/cause.js";
import type { ErrorId, PollId } from "../domain/ids.js";
import type { AttributeNames, ErrorRead, IntegrationRead, ServerId } from "../domain/snapshot.js";

/** An error that the snapshot shows for the first time, or otherwise than the one before did. */
export type ChangedError = {
  /** Null for one that is not on record yet. */
  id: ErrorId | null;
  read: ErrorRead;
  fingerprint: string;
  textDigest: string;
  textChanged: boolean;
  idChanged: boolean;
  headline: string;
  body: string;
  cause: Cause;
  causeBecause: string;
};

export type SnapshotRecord = {
  pollId: PollId;
  serverId: ServerId;
  workerId: string;
  takenAt: Date;
  serverTime: Date | null;
  digest: string;
  bytes: number;
};

export type SnapshotContent = {
  names: AttributeNames;
  integrations: readonly IntegrationRead[];
  /** Integrations that errors refer to although the server does not list them. */
  unlistedIntegrations: readonly string[];
  errorsPresent: number;
  changed: readonly ChangedError[];
  missing: readonly ErrorId[];
};
