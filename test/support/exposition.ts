export type Sample = { name: string; labels: Readonly<Record<string, string>>; value: number };
export type Family = { name: string; type: string; samples: Sample[] };

const TYPE = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

/** Reads what Prometheus would: throws at the first line that is no exposition format, or a sample of no family. */
export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const declared = TYPE.exec(line);
    if (declared !== null) {
      const [, name = "", type = ""] = declared;
      if (families.has(name)) throw new Error(`${name} is declared twice`);
      families.set(name, { name, type, samples: [] });
      continue;
    }
    const sample = sampleOf(line);
    const family = families.get(sample.name) ?? families.get(sample.name.replace(/_(bucket|sum|count)$/, ""));
    if (family === undefined) throw new Error(`${sample.name} is not declared`);
    family.samples.push(sample);
  }
  return families;
}

/** The names of all series of these families, as a query would ask for them. */
export function seriesOf(families: ReadonlyMap<string, Family>): Set<string> {
  return new Set(
    [...families.values()].flatMap(({ name, type }) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** The value of the one sample with at least these labels. */
export function sampleValue(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  const found = (family?.samples ?? []).filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${name} has ${found.length} samples with ${JSON.stringify(labels)}`);
  return found[0]?.value ?? null;
}

function sampleOf(line: string): Sample {
  const [, name, given = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`No sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  for (let label = LABEL.exec(given); label !== null; label = LABEL.exec(given)) {
    labels[String(label[1])] = String(label[2]);
    end = LABEL.lastIndex;
  }
  if (end !== given.length) throw new Error(`No labels: ${given}`);
  return { name, labels, value: Number(value) };
}
