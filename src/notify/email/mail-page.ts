import { type Html, html } from "../../lib/html.js";
import type { Look } from "./look.js";

export type MailPage = {
  title: Html;
  preview: Html;
  /** Of the band at the top. */
  look: Look;
  band: Html;
  rows: readonly Html[];
  footer: Html;
};

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
/** Inline styles are for light; programs that know dark mode read these. No @-rule within another: Gmail would drop all. */
const DARK = html`
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .pw-page { background-color: #14181d !important; }
  .pw-card { background-color: #1e242b !important; color: #e6e9ed !important; }
  .pw-muted { color: #a3adb8 !important; }
  .pw-line { border-color: #38424d !important; }
  .pw-quote { background-color: #14181d !important; border-color: #59646f !important; color: #e6e9ed !important; }
  .pw-link { color: #8ab8ff !important; }
  .pw-band.pw-over { background-color: #163a22 !important; color: #a6e6b9 !important; }
  .pw-band.pw-taken { background-color: #2f2859 !important; color: #cfc6ff !important; }
  .pw-band.pw-report { background-color: #333d4a !important; color: #d8dfe7 !important; }
  .pw-edge.pw-critical { border-color: #ff8f87 !important; }
  .pw-ink.pw-critical { color: #ff8f87 !important; }
  .pw-ink.pw-warning { color: #f0b04a !important; }
  .pw-ink.pw-info { color: #8ab8ff !important; }
  .pw-ink.pw-over { color: #7fd79a !important; }
  .pw-ink.pw-taken { color: #b9adff !important; }
  .pw-edge.pw-warning { border-color: #f0b04a !important; }
  .pw-edge.pw-info { border-color: #8ab8ff !important; }
  .pw-edge.pw-over { border-color: #7fd79a !important; }
  .pw-edge.pw-taken { border-color: #b9adff !important; }
}
@media (max-width: 480px) {
  .pw-pad { padding-left: 16px !important; padding-right: 16px !important; }
  .pw-outer { padding: 0 !important; }
  .pw-entry, .pw-known { display: block !important; width: auto !important; text-align: left !important; }
  .pw-entry { padding-bottom: 0 !important; }
  .pw-known { border-top: 0 !important; padding-top: 0 !important; }
}
`;

/** A document of one card of at most 640 pixels. Outlook, which knows no maximal width, gets a table of that width. */
export function mailPage(page: MailPage): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${page.title}</title>
<style>${DARK}</style>
</head>
<body class="pw-page" style="margin:0;padding:0;background-color:#eef1f4;">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;">${page.preview}</div>
<table class="pw-page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#eef1f4;">
<tr><td class="pw-outer" align="center" style="padding:24px 12px;">
<!--[if mso]><table role="presentation" width="640" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="pw-card" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:640px;table-layout:fixed;background-color:#ffffff;color:#1c2127;text-align:left;">
<tr><td class="pw-pad pw-band pw-${page.look.name}" style="background-color:${page.look.band};color:${page.look.bandInk};padding:12px 24px;${FONT}font-size:14px;font-weight:bold;letter-spacing:.03em;word-break:break-word;">${page.band}</td></tr>
${page.rows}
<tr><td class="pw-pad pw-line pw-muted" style="border-top:1px solid #d9dee5;padding:12px 24px;color:#5b6673;${FONT}font-size:12px;word-break:break-word;">Sent by polarwatch · ${page.footer}</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
`;
}

/** One row of the card. */
export function row(content: Html): Html {
  return html`<tr><td class="pw-pad" style="padding:12px 24px;${FONT}font-size:15px;line-height:1.45;">${content}</td></tr>
`;
}

/** A link that looks like a button in every mail program, for an address of our own. Outlook pads the cell, others the link. */
export function button(url: string, label: string): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="background-color:#1f4f99;border-radius:4px;mso-padding-alt:10px 18px;"><a href="${url}" style="display:inline-block;padding:10px 18px;color:#ffffff;text-decoration:none;font-weight:bold;">${label}</a></td></tr></table>`;
}

/** A link in small print, for an address of our own. */
export function smallLink(url: string, label: string): Html {
  return html`<a class="pw-link" href="${url}" style="color:#1f4f99;text-decoration:underline;">${label}</a>`;
}
