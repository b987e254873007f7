/** A picture that the HTML part shows by `cid:` and that comes along: nothing is loaded from anywhere. */
export type InlineAttachment = { cid: string; contentType: string; bytes: Uint8Array; filename: string };
