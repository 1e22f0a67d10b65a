// What `pipe doctor` finds: one fact about the machine or the project. Data only.
import { PipeError } from '../../base/problem.ts';

export interface Finding {
  /** `slow`: works, but costs time. `note`: works, worth knowing. `broken`: some commands fail. */
  readonly state: 'ok' | 'slow' | 'note' | 'broken';
  /** What was looked at, in a word or two. */
  readonly name: string;
  readonly text: string;
  /** What to do. */
  readonly hint?: string;
}

/** One for each problem of an expected failure. @throws whatever else was thrown. */
export function brokenFindings(name: string, error: unknown): Finding[] {
  if (!(error instanceof PipeError)) throw error;
  return error.problems.map(({ title, facts = [], hint, place }) => {
    const at = [place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(':');
    const reason = facts.find(([fact]) => fact === 'reason')?.[1];
    return {
      state: 'broken',
      name,
      text: [...(at === '' ? [] : [at]), title, ...(reason === undefined ? [] : [reason])].join(': '),
      ...(hint !== undefined && { hint }),
    };
  });
}
