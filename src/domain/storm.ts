/** More messages than `messagesMax` within `windowMs` are too many for one channel. */
export type StormTerms = { readonly messagesMax: number; readonly windowMs: number };

/** `due`: the messages that wait to be told now, this one included. */
export type ChannelState = { readonly toldLately: number; readonly due: number; readonly hasOpenStorm: boolean };

export type StormVerdict = { readonly kind: "tell" } | { readonly kind: "fold"; readonly because: string };

/**
 * Whether a message is told by itself or folded into the one about the storm. All of what is due is folded when not all
 * of it fits: twenty messages and one about the rest say less than one about all. While a storm goes on, everything is.
 */
export function decideStorm({ messagesMax, windowMs }: StormTerms, state: ChannelState): StormVerdict {
  const minutes = Math.round(windowMs / 60_000);
  if (state.hasOpenStorm) return { kind: "fold", because: "A storm is being told in one message" };
  if (state.toldLately + state.due <= messagesMax) return { kind: "tell" };
  const because = `More than ${messagesMax} messages in ${minutes} min are told in one`;
  return { kind: "fold", because };
}

/**
 * Whether a storm is over: a whole window has passed since it began, and in the last one no more than half of what the
 * channel takes was folded, so that it does not begin again at once.
 */
export function isStormOver(
  { messagesMax, windowMs }: StormTerms,
  storm: { readonly openedAt: Date; readonly foldedLately: number },
  now: Date,
): boolean {
  return now.getTime() - storm.openedAt.getTime() >= windowMs && storm.foldedLately <= messagesMax / 2;
}
