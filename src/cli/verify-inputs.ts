// `pipe verify --inputs`: hashes the inputs of stages again, without trusting time stamps, and compares them with the record.
// A writer through a memory map can change bytes without changing a time; all other commands trust the stat database.
import { forgetFresh } from '../plan/fresh-memory.ts';
import { dropVerdict } from '../session/keep-verdict.ts';
import type { Content } from '../hash/digest.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Dep, Stage, StageAddress } from '../pipeline/stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Rules } from '../plan/rules.ts';
import type { Project } from '../pipeline/project.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import type { OverlayFlags } from '../session/load.ts';
import { openWorkspace, type OpenWorkspace } from '../session/open-workspace.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

interface Recorded {
  readonly dep: Dep;
  readonly content: Content;
  readonly stage: StageAddress;
}

interface Differing {
  readonly at: WorkspacePath;
  readonly readers: readonly StageAddress[];
  readonly what: 'missing' | 'changed' | 'changed unseen';
}

/** @returns the exit code: 1 when an input is not as it is recorded. */
export function verifyInputsCommand(flags: Pick<OverlayFlags, 'lock'> & OutputFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const { project, rules, folders } = workspace;
    const afresh = openWorkspace(workspace, flags, undefined, { afresh: true });
    const inputs = Map.groupBy(recordedInputs(project, workspace), ({ dep }) => dep.at);
    const differing: Differing[] = [];
    let bytes = 0;
    for (const [at, recorded] of inputs) {
      const now = await afresh.contents.input(at, recorded[0]!.content);
      bytes += now?.size ?? 0;
      const others = recorded.filter(({ content }) => !isSame(content, now, rules));
      if (others.length === 0) continue;
      const believed = await workspace.contents.input(at, recorded[0]!.content);
      const what = !now ? 'missing' : isSame(believed, now, rules) ? 'changed' : 'changed unseen';
      differing.push({ at, readers: others.map(({ stage }) => stage), what });
    }
    afresh.close();
    // These rely on stat data, too.
    dropVerdict(project.root);
    forgetFresh(folders.state);
    const print = makePrinter(flags);
    print.json({
      inputs: inputs.size,
      bytes,
      differing: differing.map(({ at, what, readers }) => ({
        path: at,
        state: what.replace(' ', '-'),
        readers,
      })),
    });
    print.line(reportText(inputs.size, bytes, differing));
    return differing.length > 0 ? 1 : 0;
  });
}

function recordedInputs({ stages }: Project, { locks }: OpenWorkspace): Recorded[] {
  return stages.filter(runs).flatMap((stage) => {
    const recorded = new Map(locks.entry(stage)?.deps.map((dep): [string, LockedPath] => [dep.path, dep]));
    return stage.deps.flatMap((dep) => {
      const content = recorded.get(dep.path)?.content;
      return content ? [{ dep, content, stage: stage.address }] : [];
    });
  });
}

const runs = ({ cmd, frozen }: Stage): boolean => cmd !== null && !frozen;

function isSame(a: Content | undefined, b: Content | undefined, rules: Rules): boolean {
  return (
    a?.digest === b?.digest && a?.links === b?.links && (!rules.depModesCount || a?.isexec === b?.isexec)
  );
}

const MOST_READERS = 3;

function reportText(inputs: number, bytes: number, differing: readonly Differing[]): string {
  const lines = differing.map(({ at, readers, what }) => {
    const more = readers.length > MOST_READERS ? ` and ${readers.length - MOST_READERS} more` : '';
    const named = readers.slice(0, MOST_READERS).map(spelledOut).join(', ');
    return `${what}: ${spelledOut(at)} (read by ${named}${more})`;
  });
  const unseen = differing.some(({ what }) => what === 'changed unseen');
  return [
    ...lines,
    `${countText(inputs, 'input')} (${bytesText(bytes)}) hashed; ${differing.length} not as recorded.`,
    ...(unseen
      ? ['Unseen: neither size nor times of the file show the change. It is known from now on.']
      : []),
    ...(differing.length > 0 ? ['`pipe status` says what is stale.'] : []),
  ].join('\n');
}
