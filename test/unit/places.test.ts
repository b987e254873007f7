import { describe, expect, test } from "vitest";
import { Places } from "../../src/lib/places.js";

const never = new Promise<never>(() => {});

function aGate() {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe("places", () => {
  test("are no more than there are, and are taken in turn", async () => {
    const places = new Places(1, 1_000_000);
    const gate = aGate();
    const seen: string[] = [];
    const first = places.run(async () => {
      seen.push("first");
      await gate.promise;
      seen.push("first done");
    });
    const others = ["second", "third"].map((name) => places.run(async () => void seen.push(name)));
    await Promise.resolve();
    expect(seen).toEqual(["first"]);
    gate.open();
    await Promise.all([first, ...others]);
    expect(seen).toEqual(["first", "first done", "second", "third"]);
  });

  test("are given up by what hangs", async () => {
    const places = new Places(1, 1);
    let left = 0;
    void places.run((aside) =>
      aside(never, () => {
        left += 1;
      }),
    );
    expect(await places.run(async () => "done")).toBe("done");
    expect(left).toBe(1);
  });

  test("are kept by what is answered in time", async () => {
    const places = new Places(1, 1_000_000);
    const left = () => expect.unreachable("Its place was given up");
    expect(await places.run((aside) => aside(Promise.resolve("answer"), left))).toBe("answer");
  });

  test("go to what comes back before what has not begun", async () => {
    const places = new Places(1, 1);
    const [answer, work, left] = [aGate(), aGate(), aGate()];
    const seen: string[] = [];
    const slow = places.run(async (aside) => {
      await aside(answer.promise, left.open);
      seen.push("came back");
    });
    const busy = places.run(() => work.promise);
    const late = places.run(async () => void seen.push("began"));
    await left.promise;
    answer.open();
    await new Promise((resolve) => setImmediate(resolve));
    work.open();
    await Promise.all([slow, busy, late]);
    expect(seen).toEqual(["came back", "began"]);
  });

  test("are free again after a failure, aside too", async () => {
    const places = new Places(1, 1);
    await expect(places.run(async () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    const failing = places.run((aside) => aside(Promise.reject(new Error("away")), () => {}));
    await expect(failing).rejects.toThrow("away");
    expect(await places.run(async () => "done")).toBe("done");
  });
});
