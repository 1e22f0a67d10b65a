// What becomes of the jobs of a batch system when their run is asked to end: on a terminal the user decides.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Emit } from '../run/event.ts';
import { listOf } from '../run/process/submitted-jobs.ts';
import type { StopSignal } from '../run/schedule/stop.ts';
import { countText } from '../show/text/count-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { directly } from './guard-output.ts';

/**
 * @param ids of the jobs that are queued or run. A closed terminal ends no job: whoever worked there comes back.
 * @returns whether they go on.
 */
export async function leavesJobs(signal: StopSignal, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return false;
  if (signal === 'SIGHUP') return true;
  return signal === 'SIGINT' && process.stdin.isTTY && process.stderr.isTTY ? ask(ids) : false;
}

async function ask(ids: readonly string[]): Promise<boolean> {
  const shown = directly(process.stderr);
  // It moves the cursor.
  const output = new Writable({
    write(text: Buffer, _, done) {
      shown.write(text.toString());
      done();
    },
  });
  const prompt = createInterface({ input: process.stdin, output, terminal: true });
  // A second Ctrl-C, or the end of the input, leaves them: that loses nothing.
  const closed = new Promise<string>((resolve) => {
    prompt.once('SIGINT', () => {
      shown.write('\n');
      resolve('leave');
    });
    prompt.once('close', () => resolve('leave'));
  });
  try {
    const question = `\n${countText(ids.length, 'job')} in flight (${spelledOut(listOf(ids))}). Cancel them, or leave them running for the next \`pipe repro\`? [C/l] `;
    const answer = await Promise.race([prompt.question(question), closed]);
    return /^l/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

export function reportLeft(ids: readonly string[], emit: Emit): void {
  if (ids.length === 0) return;
  emit({
    type: 'warning',
    problem: {
      code: 'jobs-left',
      title: `${countText(ids.length, 'job')} left running: ${listOf(ids)}`,
      hint: 'the next `pipe repro` takes over their results',
    },
  });
}
