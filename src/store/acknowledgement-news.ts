import type { TransitionId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** That an alert was taken on or given back, and a destination that was told of the alert but not yet of this. */
export type AcknowledgementNews = {
  transitionId: TransitionId;
  serverId: ServerId;
  destination: string;
  receiver: string;
  groupKey: string;
  kind: "alerts" | "server";
};

/** What these destinations are still to be told about alerts that were taken on or given back since, in order. */
export function findAcknowledgementNews(
  tx: Db,
  destinations: readonly string[],
  since: Date,
): Promise<AcknowledgementNews[]> {
  return tx.$queryRaw<AcknowledgementNews[]>`
    SELECT t.id AS "transitionId", a.server_id AS "serverId", told.destination, told.receiver,
           told.group_key AS "groupKey", told.kind
      FROM transition AS t
      JOIN alert AS a ON a.id = t.alert_id
      JOIN LATERAL (
        SELECT DISTINCT ON (dt.destination) dt.destination, d.receiver, d.group_key, d.kind
          FROM transition AS before
          JOIN delivery_transition AS dt ON dt.transition_id = before.id AND dt.hidden_by IS NULL
          JOIN delivery AS d ON d.id = dt.delivery_id
         WHERE before.alert_id = t.alert_id AND before.id < t.id AND dt.destination = ANY (${destinations}::text[])
         ORDER BY dt.destination, d.id DESC) AS told ON true
     WHERE t.at > ${since} AND (t.to_state = 'acknowledged' OR t.from_state = 'acknowledged' AND t.to_state = 'firing')
       AND told.destination <> ALL (t.owed_to)
     ORDER BY t.id`;
}
