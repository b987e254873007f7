/** Says only that nothing came back. Whatever else is known of the reason is worth more. */
export class NoAnswer extends Error {}

/** Settles as `work` does, or rejects with NoAnswer after `limitMs`; what `work` does later is then nobody's business. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
