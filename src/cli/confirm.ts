// Asks before something is removed that others may need. Without a terminal nobody can answer: a flag has to.
import { createInterface } from 'node:readline/promises';
import { PipeError } from '../base/problem.ts';
import type { OutputFlags } from './printer.ts';

export interface ConfirmFlags {
  /** Both mean yes. */
  readonly force?: true;
  readonly yes?: true;
}

/** @throws PipeError where nobody can be asked. */
export async function confirmed(
  question: string,
  { force, yes, json, quiet }: ConfirmFlags & OutputFlags,
): Promise<boolean> {
  if (force || yes) return true;
  if (!process.stdin.isTTY || json || quiet)
    throw new PipeError({
      code: 'gc-unsure',
      title: 'nothing was removed: this needs a confirmation',
      hint: 'look at the list (--dry), then give -y',
    });
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
