// Starting a program costs more than most of what it is asked for. What is asked for while one call is under way goes into the next.

/** @param work answers a whole batch; a failure is that of all in it. @param most in one batch. */
export function inBatches<Asked, Answer>(
  work: (batch: readonly Asked[]) => Promise<readonly Answer[]>,
  most: number,
): (asked: Asked) => Promise<Answer> {
  interface Waiting {
    readonly asked: Asked;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  }
  const queue: Waiting[] = [];
  let busy = false;

  async function next(): Promise<void> {
    const batch = queue.splice(0, most);
    if (batch.length === 0) return;
    busy = true;
    try {
      const answers = await work(batch.map(({ asked }) => asked));
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    busy = false;
    // Whoever was answered may have more to ask.
    setImmediate(() => void next());
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      queue.push({ asked, resolve, reject });
      if (!busy && queue.length === 1) setImmediate(() => void (busy || next()));
    });
}
