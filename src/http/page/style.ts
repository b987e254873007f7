/** The look of all pages: one column, readable on a phone and in the dark. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: #1b1f24; --quiet: #59636e; --paper: #ffffff; --card: #f6f8fa; --line: #d1d9e0; --link: #0550ae;
  --bad: #b3261e; --warn: #8a5300; --good: #1a6b34;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --quiet: #9aa5b1; --paper: #0d1117; --card: #161b22; --line: #30363d; --link: #79b8ff;
    --bad: #ff8f87; --warn: #e3b341; --good: #6fdd8b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 52rem; margin: 0 auto; padding: 0.75rem 1rem; }
header { border-bottom: 1px solid var(--line); font-weight: 600; }
header a { color: inherit; text-decoration: none; }
a { color: var(--link); }
h1, h2, h3, p, li, dd { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.75rem 0; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 0.5rem; }
h3 { font-size: 0.95rem; margin: 0.9rem 0 0.25rem; color: var(--quiet); }
p { margin: 0.25rem 0; }
bdi { overflow: hidden; }
.quiet { color: var(--quiet); font-size: 0.92em; }
.quiet .quiet { font-size: inherit; }
.empty { color: var(--quiet); }
.note { border-left: 4px solid var(--warn); padding: 0.25rem 0.75rem; margin: 0.5rem 0; background: var(--card); }
.cards, .list { list-style: none; margin: 0; padding: 0; }
.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem 1rem; margin: 0.75rem 0; }
.cards h2 { margin: 0 0 0.25rem; }
.list > li { border-top: 1px solid var(--line); padding: 0.6rem 0; overflow: hidden; }
.moves { margin: 0.25rem 0; padding-left: 1.5rem; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 4px; padding: 0 0.4em; font-size: 0.8rem;
  font-weight: 600; line-height: 1.5; vertical-align: middle; white-space: nowrap; }
.bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); } .plain { color: var(--quiet); }
dl { margin: 0.75rem 0; }
dl > div { display: grid; grid-template-columns: 9rem 1fr; gap: 0.75rem; padding: 0.2rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
form { margin: 1rem 0; }
label { display: block; margin: 0.5rem 0; }
input { font: inherit; width: 100%; max-width: 30rem; padding: 0.45rem 0.6rem; border: 1px solid var(--line);
  border-radius: 6px; background: var(--card); color: inherit; }
header .quiet { float: right; font-weight: 400; }
button { font: inherit; font-weight: 600; padding: 0.5rem 1rem; border: 0; border-radius: 6px; background: var(--link);
  color: var(--paper); cursor: pointer; }
pre { margin: 0; padding: 0.6rem 0.75rem; max-height: 24rem; overflow: auto; background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; font: 0.86rem/1.45 ui-monospace, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl > div { grid-template-columns: 1fr; gap: 0; } }
`;
