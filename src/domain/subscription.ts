import type { DeliveryKind } from "./delivery.js";
import type { Notification } from "./notification.js";

/** What a mailbox can be unsubscribed from, each by itself. */
export const MAIL_LISTS = ["alerts", "digests"] as const;
export type MailList = (typeof MAIL_LISTS)[number];

/** What people call the mails of a list. */
export const MAIL_LIST_WORDS = {
  alerts: "alert mails",
  digests: "digests",
} as const satisfies Record<MailList, string>;

/** To which list the mail of a delivery belongs. */
export const LIST_OF_DELIVERY = {
  alerts: "alerts",
  server: "alerts",
  summary: "alerts",
  reminder: "alerts",
  silence: "alerts",
  storm: "alerts",
  storm_page: "alerts",
  undelivered: "alerts",
  digest: "digests",
} as const satisfies Record<DeliveryKind, MailList>;

/** The same, by what is told. */
export const LIST_OF_NOTIFICATION = {
  alerts: "alerts",
  server: "alerts",
  summary: "alerts",
  silence: "alerts",
  report: "alerts",
  digest: "digests",
} as const satisfies Record<Notification["kind"], MailList>;

/** What a mailbox is unsubscribed from. */
export type Subscription = { mailbox: string; list: MailList };

/** The one name of a mailbox, however its address is spelled. */
export function mailboxOf(address: string): string {
  return address.trim().toLowerCase();
}
