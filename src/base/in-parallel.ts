// Works on many things at a time, a few at once; the first failure ends it.

/** @throws what failed first, once everything begun has come to its end. */
export async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed) return;
      try {
        await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(jobs, items.length) }, worker));
  for (const done of workers) if (done.status === 'rejected') throw done.reason;
}
