// Refuses an overlay that changes keys which stages declare under `params:`. A stage reads these values from the file, which
// the overlay does not change: its result would be recorded for values that it did not read.
import type { OverlaidKey } from './declared-params.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { Project } from '../project.ts';
import { canonicalJson } from '../../base/spelling.ts';
import type { ParamsDep, Stage } from '../stage.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Value } from '../../base/value.ts';

interface Conflict extends OverlaidKey {
  readonly file: WorkspacePath;
  readonly stage: Stage;
}

/** @throws PipeError with one problem per key of a file, however many stages declare it. */
export function refuseOverlaid(project: Project, stages: readonly Stage[]): void {
  const { files, set } = project.overlay;
  if (files.length === 0 && set.length === 0) return;
  // The members of a group declare the same keys.
  const known = new Map<string, readonly OverlaidKey[]>();
  const overlaid = (dep: ParamsDep): readonly OverlaidKey[] => {
    const identity = JSON.stringify([dep.at, dep.keys]);
    const found = known.get(identity) ?? project.overlaid(dep);
    known.set(identity, found);
    return found;
  };
  const conflicts = stages.flatMap((stage) =>
    stage.params.flatMap((dep) => overlaid(dep).map((key): Conflict => ({ ...key, file: dep.at, stage }))),
  );
  const byKey = Map.groupBy(conflicts, ({ file, key }) => JSON.stringify([file, key]));
  if (byKey.size > 0) throw new PipeError([...byKey.values()].map(overlaidProblem));
}

const MOST_NAMES = 3;

function overlaidProblem(conflicts: readonly Conflict[]): Problem {
  const { file, key, value, given, stage } = conflicts[0]!;
  const names = conflicts.map((conflict) => `'${conflict.stage.address}'`);
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const [stages, read] = names.length === 1 ? ['the stage', 'reads'] : ['the stages', 'read'];
  return {
    code: 'overlaid-parameter',
    title: `${stages} ${shown}${more} ${read} '${key}' from ${file}, which an overlay does not change`,
    facts: [
      ['given', given],
      ['in the file', value === undefined ? `no '${key}'` : `${key}: ${shortText(value)}`],
    ],
    hint: `run it as an experiment (\`pipe exp run -S …\`), where the file has the value; or edit ${file}; or pass the value in the command (\`\${${key}}\`), and remove '${key}' from \`params:\` if no stage opens the file`,
    place: stage.place,
  };
}

const MOST_TEXT = 60;

function shortText(value: Value): string {
  const text = canonicalJson(value);
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text;
}
