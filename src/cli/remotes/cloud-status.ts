// `pipe status --cloud`: what a remote lacks, and what only it has. Changes nothing.
import type { ObjectState } from '../../run/remote/compare.ts';
import { leftOut, workspaceRecords } from '../../run/remote/remote-outs.ts';
import { compareRemotes, differing, worstOf, type ComparedRemote } from '../../session/compare-remotes.ts';
import { load } from '../../session/load.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { countText } from '../../show/text/count-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter } from '../printer.ts';
import { printProblem, problemJson } from '../problems.ts';
import { idleLines } from '../remote-text.ts';
import type { StatusFlags } from '../status.ts';
import { meantRecords } from './meant-records.ts';

/** @returns the exit code. */
export async function cloudStatusCommand(targets: readonly string[], flags: StatusFlags): Promise<number> {
  const loaded = await load(flags);
  const { stages, revisions, problems } = await meantRecords(loaded, targets, flags);
  const [compared, left] = await withWorkspace(loaded, flags, async (workspace) => {
    const records = [...workspaceRecords(stages, workspace), ...revisions];
    const { remote, jobs } = flags;
    const found = await compareRemotes(records, workspace, { remote, jobs, warn: printProblem });
    return [found, leftOut(stages, { asked: remote, pushed: true }, workspace)];
  });
  const print = makePrinter(flags);
  print.json({ remotes: compared.map(comparedJson), problems: problems.map(problemJson) });
  for (const one of compared) comparedLines(one, flags.verbose === true).forEach(print.line);
  idleLines(compared.length, left, 'compare').forEach(print.line);
  problems.forEach(printProblem);
  if (problems.length > 0) return 1;
  return flags.check && compared.some(({ outs }) => outs.some(({ objects }) => objects.length > 0)) ? 1 : 0;
}

function comparedJson({ remote, outs }: ComparedRemote): object {
  return {
    remote: remote.name,
    url: remote.url,
    same: outs.length - differing(outs).length,
    outputs: differing(outs).map((one) => ({
      path: one.out.out.at,
      stage: one.out.stage.address,
      ...(one.out.revision !== undefined && { revision: one.out.revision }),
      state: worstOf(one),
      objects: one.objects.map(({ state, size, path }) => ({
        state,
        bytes: size ?? null,
        ...(path !== undefined && { path }),
      })),
    })),
  };
}

const WHERE: Readonly<Record<ObjectState, string>> = {
  new: 'only in the cache',
  deleted: 'only on the remote',
  missing: 'neither in the cache nor on the remote',
};

function comparedLines({ remote, outs }: ComparedRemote, verbose: boolean): readonly string[] {
  const name = `'${spelledOut(remote.name)}' (${spelledOut(remote.url)})`;
  const different = differing(outs);
  if (different.length === 0) return [`The cache and ${name} have the same.`];
  const lines = different.flatMap((one) => {
    const { out, stage, revision } = one.out;
    const at = revision === undefined ? '' : `, at ${revision}`;
    const parts = (Object.keys(WHERE) as ObjectState[]).flatMap((state) => {
      const objects = one.objects.filter((object) => object.state === state);
      const sizes = objects.flatMap(({ size }) => (size === undefined ? [] : [size]));
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const about = sizes.length > 0 ? ` (${bytesText(bytes)})` : '';
      return objects.length === 0 ? [] : [`${countText(objects.length, 'object')} ${WHERE[state]}${about}`];
    });
    const line = `  ${`${worstOf(one)}:`.padEnd(9)} ${spelledOut(out.at)} (${spelledOut(stage.address)}${at}): ${parts.join(', ')}`;
    const files = one.objects.flatMap(({ state, path }) =>
      path === undefined ? [] : [`      ${`${state}:`.padEnd(9)} ${spelledOut(`${out.at}/${path}`)}`],
    );
    return verbose ? [line, ...files] : [line];
  });
  const states = new Set(different.map(worstOf));
  const hints = [
    ...(states.has('new') ? ['`pipe push` sends what is new'] : []),
    ...(states.has('deleted') ? ['`pipe fetch` brings what is deleted here'] : []),
    ...(states.has('missing') ? ['what is missing can be pushed from where it was made, or made again'] : []),
  ];
  return [`${name}:`, ...lines, `(${hints.join('; ')})`];
}
