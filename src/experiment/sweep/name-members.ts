// The names of the experiments that a command asks for. The same question again gets the same names, so that it resumes.
import { PipeError, type Problem } from '../../base/problem.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { ExperimentRecord } from '../record.ts';
import { refuseName } from '../name.ts';
import { makeUpName } from './made-up-name.ts';
import type { Member } from './members.ts';

export interface NamedMember {
  readonly name: string;
  readonly group?: string;
  readonly overlays: Member;
}

export interface Asked {
  /** Undefined: a name is made up. */
  readonly name: string | undefined;
  /** As in a record. */
  readonly folder: WorkspacePath | undefined;
  readonly targets: readonly string[];
  readonly revision: string | undefined;
  readonly changes: string | undefined;
  /** Give the name to other parameters than it has. */
  readonly force: boolean;
}

/** @throws PipeError where the name belongs to an experiment with other parameters. */
export function nameMembers(
  members: readonly Member[],
  asked: Asked,
  records: readonly ExperimentRecord[],
): readonly NamedMember[] {
  if (asked.name !== undefined) refuseName(asked.name);
  const taken = new Set(records.map(({ name }) => name));
  const same = (record: ExperimentRecord, member: Member): boolean =>
    record.folder === asked.folder &&
    isSame(record.overlays, member) &&
    isSame(record.targets, asked.targets);
  if (members.length === 1 && asked.name !== undefined) {
    const [overlays] = members as [Member];
    const other = records.find(({ name }) => name === asked.name);
    if (other && !asked.force && !same(other, overlays)) throw new PipeError(takenProblem(other));
    return [{ name: asked.name, overlays }];
  }
  // Under a name that was made up, an experiment is the same only at the same state of the project.
  const candidates = records.filter((record) =>
    asked.name === undefined
      ? record.revision === asked.revision && record.changes === asked.changes
      : record.group === asked.name,
  );
  const known = members.map((member) => candidates.find((record) => same(record, member)));
  if (members.length === 1)
    return [{ name: known[0]?.name ?? makeUpName((name) => taken.has(name)), overlays: members[0]! }];
  const group =
    asked.name ??
    known.find((record) => record?.group !== undefined)?.group ??
    makeUpName((name) => [...taken].some((other) => other === name || other.startsWith(`${name}-`)));
  return members.map((overlays, index): NamedMember => {
    const name = known[index]?.name ?? freeName(group, index + 1, taken);
    taken.add(name);
    return { name, group: known[index]?.group ?? group, overlays };
  });
}

function freeName(group: string, from: number, taken: ReadonlySet<string>): string {
  for (let number = from; ; number += 1) if (!taken.has(`${group}-${number}`)) return `${group}-${number}`;
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

function takenProblem({ name, folder, overlays, targets }: ExperimentRecord): Problem {
  return {
    code: 'exp-exists',
    title: `the experiment '${name}' has other parameters`,
    facts: [
      ['its parameters', overlays.map((overlay) => `-S ${overlay}`).join(' ') || 'as in the files'],
      ...(folder === undefined ? [] : [['given in', folder] as const]),
      ...(targets.length > 0 ? [['its targets', targets.join(' ')] as const] : []),
    ],
    hint: 'choose another name, or give --force to replace its results',
  };
}
