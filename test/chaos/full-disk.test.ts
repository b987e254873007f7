import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../src/lib/logger.js";
import { migrate } from "../../src/store/migrate.js";
import { createPrisma } from "../../src/store/prisma.js";
import { expectLedger } from "../support/chaos-invariants.js";
import { eventually } from "../support/eventually.js";
import { IMPATIENT } from "../support/killed-process.js";
import { incompressible, lettersOf } from "../support/letters.js";
import { startRestartablePostgres } from "../support/restartable-postgres.js";
import { canMountDisks, mountSmallDisk } from "../support/small-disk.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

const SOON = { deadlineMs: 60_000, pauseMs: 100 };
const DISK_MEGABYTES = 256;
/** Many and long, so that they do not fit into pages that Postgres has already. */
const ERRORS = 40;
const LONG_TEXT = 20_000;

if (!(await canMountDisks())) {
  process.stderr.write("This user may not mount a disk of its own: what a full one does is not tested here.\n");
} else {
  test("while the disk of the database is full nothing is lost or told twice, and it is said", {
    timeout: 240_000,
  }, async () => {
    const disk = await mountSmallDisk(DISK_MEGABYTES);
    onTestFinished(() => disk.unmount());
    const postgres = await startRestartablePostgres(disk.dir);
    onTestFinished(() => postgres.remove());
    const log = createLogger({ level: "error", format: "json" });
    await migrate(postgres.databaseUrl, { log });
    const world = await openWorld({ integrations: 6, errors: 8 });
    const queue = { kind: "postgres", databaseUrl: postgres.databaseUrl } as const;
    const { databaseUrl } = postgres;
    const db = createPrisma(databaseUrl);
    const running = await startInTest({ config: configOf(world.env, "/"), databaseUrl, queue, ...IMPATIENT });
    await eventually(async () => expect(await db.delivery.count({ where: { outcome: "delivered" } })).toBe(2), SOON);

    await disk.fill();
    const integrationId = world.simulator.truth().integrations[0]?.id ?? "";
    const titles = Array.from({ length: ERRORS }, (_, index) => `Broken ${lettersOf(index)}`);
    for (const title of titles) {
      const texts = { title, detail: title, description: incompressible(title, LONG_TEXT), httpStatus: 401 };
      world.simulator.raise({ integrationId, ...texts, occurrences: 2 });
    }
    const saidSo = () => running.lines.filter((line) => JSON.stringify(line).includes("No space left on device"));
    await eventually(() => expect(saidSo().length).toBeGreaterThan(0), SOON);
    expect(await db.error.count({ where: { text: { title: { in: titles } } } })).toBe(0);

    await disk.free();
    await eventually(async () => {
      expect(await db.error.count({ where: { present: true, text: { title: { in: titles } } } })).toBe(ERRORS);
      expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
      expect(await db.alert.count({ where: { subject: "error" } })).toBe(ERRORS);
    }, SOON);
    await running.stop();

    expect(await db.change.count({ where: { kind: "new" } })).toBe(ERRORS);
    await expectLedger(db);
    const deliveries = await db.delivery.findMany();
    const sentAs = new Set(deliveries.map(({ id }) => `delivery-${id}`));
    const posted = world.slack.messages().map(({ metadata }) => String(metadata?.event_payload.delivery_id));
    expect(posted.length).toBe(new Set(posted).size);
    expect(posted.filter((id) => !sentAs.has(id))).toEqual([]);
    const mailed = world.smtp.mails().map(({ messageId }) => messageId);
    expect(mailed.length).toBe(new Set(mailed).size);
    await db.$disconnect();
    await world.close();
  });
}
