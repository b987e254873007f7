/** From where somebody acts. */
export const VIAS = ["command_line", "api", "page", "slack", "email"] as const;
export type Via = (typeof VIAS)[number];

/** What people do that others may ask about later. */
export const AUDIT_ACTIONS = [
  "acknowledge",
  "take_back",
  "silence",
  "expire_silence",
  "redrive",
  "unsubscribe",
  "restore_subscription",
  "create_token",
  "revoke_token",
  "log_in",
  "drill",
  "poll",
  "migrate",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What people act on; an entry names it by kind and id, such as `alert-17`. */
export const AUDIT_SUBJECTS = [
  "alert",
  "silence",
  "delivery",
  "mailbox",
  "token",
  "drill",
  "server",
  "schema",
] as const;
export type AuditSubject = { readonly kind: (typeof AUDIT_SUBJECTS)[number]; readonly id: bigint | string };

/**
 * Where an action came from. `userId`: under which id that place knows the person, of the API and the page the name of the
 * token; null where it has none.
 */
export type Origin = { readonly via: Via; readonly userId: string | null };

/** Of whoever runs a command: the system that it runs on has checked who they are. */
export const FROM_COMMAND_LINE: Origin = { via: "command_line", userId: null };
/** Of whoever works on this machine, where no token is needed. */
export const FROM_API: Origin = { via: "api", userId: null };
