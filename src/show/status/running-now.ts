// What a run that goes on does, below the status of a project.
import { groupPart } from '../text/group-part.ts';
import { jobText } from '../text/job-text.ts';
import { painter } from '../text/paint.ts';
import { spelledOut } from '../text/spell-out.ts';

export interface RunningNow {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  /** In the order in which they started. */
  readonly stages: readonly RunningStage[];
}

export interface RunningStage {
  readonly name: string;
  readonly state: 'queued' | 'running';
  /** Its id, where it is a job of a batch system. */
  readonly job?: string;
  readonly node?: string;
  /** Why it waits, in the words of the batch system. */
  readonly reason?: string;
}

/** Lines up to which each stage has one. */
const MOST = 10;

/** Whole lines, each with its end. */
export function runningText({ host, pid, stages }: RunningNow, verbose: boolean, colour: boolean): string {
  const paint = painter(colour);
  const lines = (verbose || stages.length <= MOST ? stages.map(stageLine) : foldedLines(stages)).map(
    spelledOut,
  );
  const head = spelledOut(`a run goes on (process ${pid} on ${host})`);
  return [paint('bold', lines.length > 0 ? `${head}:` : head), ...lines.map((line) => `  ${line}`)]
    .map((line) => `${line}\n`)
    .join('');
}

function stageLine({ name, state, job, node, reason }: RunningStage): string {
  const where = [job && jobText({ id: job, node }), reason].filter(Boolean).join(' ');
  return `${state}  ${name}${where && `  ${where}`}`;
}

function foldedLines(stages: readonly RunningStage[]): string[] {
  const alike = Map.groupBy(stages, ({ name, state, reason }) =>
    JSON.stringify([state, groupPart(name), reason]),
  );
  return [...alike.values()].map((members) => {
    const { name, state, reason } = members[0]!;
    const group = members.length === 1 ? name : `${groupPart(name)} ×${members.length}`;
    return `${state}  ${group}${reason ? `  ${reason}` : ''}`;
  });
}
