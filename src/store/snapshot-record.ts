import type { SeenError } from "../domain/identity.js";
import type { ErrorId, PollId } from "../domain/ids.js";
import type { AttributeNames, IntegrationRead, ServerId } from "../domain/snapshot.js";

/** An error that the snapshot shows for the first time, or otherwise than the one before did. */
export type ChangedError = SeenError & {
  /** Null for one that is not on record yet. */
  id: ErrorId | null;
  /** Its place in the read, by which its wording is asked for. */
  at: number;
  textChanged: boolean;
  idChanged: boolean;
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
  /** They are what the snapshot before showed, so that nothing is to be done about them. */
  integrationsUnchanged: boolean;
  /** Integrations that new errors refer to although the server does not list them. */
  unlistedIntegrations: readonly string[];
  errorsPresent: number;
  changed: readonly ChangedError[];
  missing: readonly ErrorId[];
  /** The `Wording` of each error as JSON, by its place in the read. */
  wordings: (at: readonly number[]) => Promise<readonly string[]>;
};
