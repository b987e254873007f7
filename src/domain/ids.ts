/** Row ids. Each is its own type, so that none is ever taken for another. */
export type PollId = bigint & { readonly __brand: "PollId" };
export type SnapshotId = bigint & { readonly __brand: "SnapshotId" };
export type IntegrationId = bigint & { readonly __brand: "IntegrationId" };
export type ErrorId = bigint & { readonly __brand: "ErrorId" };
export type AlertId = bigint & { readonly __brand: "AlertId" };
export type TransitionId = bigint & { readonly __brand: "TransitionId" };
export type DeliveryId = bigint & { readonly __brand: "DeliveryId" };
