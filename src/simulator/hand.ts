import type { ErrorRecord } from "./record.js";
import { type ErrorTexts, type Sample, textsOf } from "./samples.js";
import type { World } from "./world.js";

/** An error's current id; with the integration where the same id stands for several errors. */
export type ErrorRef = string | { readonly id: string; readonly integrationId: string };

/** A number and a time of which nothing is known are null. */
export type Counter = { occurrences: number | null; lastOccurredAt: Date | null };

/** An error to raise. What is left out comes from a sample; a text that is undefined is not sent at all. */
export type ErrorSpec = Partial<ErrorTexts & Counter> & {
  integrationId?: string;
  /** By default one that no error has had. */
  id?: string;
};

/** Changes the world by hand. Every method throws when the error or the integration that it names is not there. */
export class Hand {
  private readonly world: World;
  private readonly samples: readonly Sample[];
  private raised = 0;

  constructor(world: World, samples: readonly Sample[]) {
    this.world = world;
    this.samples = samples;
  }

  /** A new error, by default with one occurrence just now. Returns its id. */
  raise(spec: ErrorSpec): string {
    const { id = null, integrationId, occurrences = 1, lastOccurredAt, ...texts } = spec;
    return this.world.touch((nowMs) => {
      const home = this.integrationOf(integrationId);
      const record = this.world.raise({
        id,
        integrationId: home,
        texts: { ...this.defaultTexts(integrationId), ...texts },
        added: occurrences ?? 0,
        isCountKnown: occurrences !== null,
        addedAtMs: lastOccurredAt === undefined ? nowMs : (lastOccurredAt?.getTime() ?? null),
      });
      this.raised += 1;
      return record.id;
    });
  }

  /** `by` more occurrences, the last of them now. By 0 only the time moves. */
  grow(ref: ErrorRef, by: number): void {
    if (!Number.isSafeInteger(by) || by < 0) throw new RangeError(`An error cannot grow by ${by}`);
    this.world.touch((nowMs) => {
      const record = this.find(ref);
      record.added += by;
      record.addedAtMs = nowMs;
    });
  }

  /** It is gone from the list, for good. */
  clear(ref: ErrorRef): void {
    this.world.touch(() => {
      const record = this.find(ref);
      record.streams = [];
      record.isListed = false;
    });
  }

  setText(ref: ErrorRef, texts: Partial<ErrorTexts>): void {
    this.world.touch(() => {
      const record = this.find(ref);
      record.texts = { ...record.texts, ...texts };
    });
  }

  /** Says exactly this from now on; the error moves by hand only. */
  setCounter(ref: ErrorRef, counter: Partial<Counter>): void {
    this.world.touch(() => {
      const record = this.find(ref);
      this.world.detach(record);
      if (counter.occurrences !== undefined) {
        record.added = counter.occurrences ?? 0;
        record.isCountKnown = counter.occurrences !== null;
      }
      if (counter.lastOccurredAt !== undefined) record.addedAtMs = counter.lastOccurredAt?.getTime() ?? null;
    });
  }

  /** The status stays so, whatever the scenario had in mind. */
  setIntegrationStatus(integrationId: string, status: string): void {
    this.world.touch(() => {
      const integration = this.world.integrations.find(({ id }) => id === integrationId);
      if (integration === undefined) throw new Error(`There is no integration ${integrationId}`);
      integration.status = status;
      this.world.heldByHand.add(integrationId);
    });
  }

  private find(ref: ErrorRef): ErrorRecord {
    const [id, integrationId] = typeof ref === "string" ? [ref, null] : [ref.id, ref.integrationId];
    const found = this.world
      .listed()
      .filter((record) => record.id === id && (integrationId ?? record.integrationId) === record.integrationId);
    const [record] = found;
    if (record === undefined) throw new Error(`There is no error ${id}`);
    if (found.length > 1) throw new Error(`Several errors have the id ${id}: say of which integration`);
    return record;
  }

  private integrationOf(wanted: string | undefined): string {
    const { integrations } = this.world;
    const id = wanted ?? this.nextSample()?.integration.id ?? integrations[0]?.id;
    if (id === undefined || !integrations.some((integration) => integration.id === id)) {
      throw new Error(
        id === undefined ? "There is no integration to raise an error in" : `There is no integration ${id}`,
      );
    }
    return id;
  }

  private defaultTexts(integrationId: string | undefined): ErrorTexts {
    const ofIntegration = this.samples.filter((sample) => sample.integration.id === integrationId);
    const sample = ofIntegration[this.raised % ofIntegration.length] ?? this.nextSample() ?? this.samples[0];
    if (sample === undefined) throw new Error("There are no samples");
    return textsOf(sample);
  }

  /** Samples are taken in turn, as far as their integration is there. */
  private nextSample(): Sample | undefined {
    const ids = new Set(this.world.integrations.map(({ id }) => id));
    const usable = this.samples.filter((sample) => ids.has(sample.integration.id));
    return usable[this.raised % usable.length];
  }
}
