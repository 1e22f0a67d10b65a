// Runs asynchronous functions one after the other, in the order in which they are handed over.

/** @returns what runs a function after all earlier ones, whether they succeeded or not */
export function inTurns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}
