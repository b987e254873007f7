require("@swc/core"); // without a parser for TypeScript the check sees no files, finds nothing wrong and exits 0
const BASE = ["domain", "lib"];
const ADAPTERS = [...BASE, "polarity", "store", "notify", "queue"];
// biome-ignore format: who may import whom; a folder of src that is not listed fails, so adding one is a decision
const MAY_IMPORT = {
  domain: [], lib: [], embedded: ["lib"], simulator: ["lib"], web: ["domain"],
  polarity: BASE, store: BASE, notify: BASE, queue: BASE,
  config: [...BASE, "notify"], app: ADAPTERS, http: [...BASE, "app", "store", "config"],
  workers: [...ADAPTERS, "embedded", "simulator", "config", "app", "http"],
  cli: [...ADAPTERS, "embedded", "simulator", "config", "app", "http", "workers"],
};
const [OURS, SHIPPED] = ["^(src|workers|test|bench)/", "^(src|workers)/"];
const inside = (name) => (name === "workers" ? "^workers/" : `^src/${name}/`);
const pkg = (...names) => `(^|/)node_modules/(${names.join("|")})(/|$)`;
const rule = (name, from, to) => ({ name, severity: "error", from, to });
const only = (name, what, to) =>
  rule(`${name} alone imports ${what}`, { path: SHIPPED, pathNot: inside(name) }, { path: to });

module.exports = {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([name, others]) =>
      rule(`what ${name} may import`, { path: inside(name) }, { path: OURS, pathNot: [name, ...others].map(inside) }),
    ),
    rule("every folder is listed", { path: "^src/", pathNot: Object.keys(MAY_IMPORT).map(inside) }, {}),
    rule("no cycles", {}, { circular: true }),
    rule("no barrels", { path: OURS }, { path: `${OURS}.*index\\.tsx?$` }),
    rule("every import resolves", { path: OURS }, { couldNotResolve: true }),
    rule("no development package ships", { path: SHIPPED, pathNot: inside("web") }, { dependencyTypes: ["npm-dev"] }),
    rule(
      "domain is pure",
      { path: inside("domain") },
      { dependencyTypes: ["core", "npm", "npm-dev"], pathNot: "^crypto$" },
    ),
    rule(
      "config sees the schemas of notifiers",
      { path: inside("config") },
      { path: inside("notify"), pathNot: "/config\\.ts$" },
    ),
    rule("app sees notifiers by interface", { path: inside("app") }, { path: "^src/notify/[^/]+/" }),
    rule(
      "notifiers are strangers",
      { path: "^src/notify/([^/]+)/" },
      { path: "^src/notify/[^/]+/", pathNot: "^src/notify/$1/" },
    ),
    only(
      "queue",
      "BullMQ and what looks into it",
      pkg("bullmq", "bullmq-otel", "ioredis", "@bull-board", "@opentelemetry"),
    ),
    only("store", "Prisma", ["^src/store/generated/", pkg("@prisma")]),
    only("notify", "Slack and SMTP", pkg("@slack", "nodemailer")),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true, // sees `import type` too
    doNotFollow: { path: ["node_modules", "^src/store/generated/"] },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
