// `pipe move`: data, its entry or `.dvc` file, its record and its line in `.gitignore` go to another path.
import { existsSync, lstatSync } from 'node:fs';
import { basename, dirname, posix } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { didYouMean } from '../../base/suggest.ts';
import {
  absolutePath,
  folderHere,
  isWithin,
  workspacePath,
  type WorkspacePath,
} from '../../base/workspace-path.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { moveData } from '../../run/data/move-data.ts';
import { loadAt, type Loaded } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { openWorkspace } from '../../session/open-workspace.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { findData, findHolder } from './find-data.ts';
import { writeEdits } from './file-edits.ts';
import { whyRefused } from './plan-add.ts';

/** @returns the exit code. */
export function moveCommand(from: string, to: string, flags: OutputFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace, beside) => {
    const { project, dialect, locks } = workspace;
    const { root } = project;
    const stage = findData(project, from);
    const [source, ...others] = stage?.outs ?? [];
    if (!stage) throw new PipeError(notDataProblem(from, workspace));
    if (!source) throw new PipeError(emptyProblem(stage));
    if (others.length > 0) throw new PipeError(severalProblem(from, stage));
    const target = targetOf(to, source.at, workspace);
    const edits = dialect.data.move(project, stage, target);
    const drafts = new Map(
      [...edits].filter((edit): edit is [WorkspacePath, string] => edit[1] !== undefined),
    );
    // Both entries would be there: the old file counts as gone.
    const after = await loadMoved(workspace, stage, drafts);
    const moved = after.project.stages.find(({ cmd, outs }) => cmd === null && outs[0]?.at === target)!;
    const before = locks.entry(stage);
    const isThere = lstatSync(absolutePath(root, source.at), { throwIfNoEntry: false }) !== undefined;

    writeEdits(root, drafts);
    if (isThere) moveData(absolutePath(root, source.at), absolutePath(root, target));
    writeEdits(root, new Map([...edits].filter(([, text]) => text === undefined)));
    locks.forget(stage);
    locks.fold(locks.overlay(), false);
    beside?.unignore(stage);
    const opened = openWorkspace(after, {});
    try {
      const outs = before?.outs.map((out) => ({ ...out, path: moved.outs[0]!.path }));
      // As it was recorded: what was changed since stays a change.
      if (before && outs) opened.locks.record(moved, { ...before, outs });
      if (existsSync(dirname(absolutePath(root, target)))) beside?.ignore(moved);
      opened.locks.fold(opened.locks.overlay(), false);
    } finally {
      opened.close();
    }
    beside?.addToGit();
    const print = makePrinter(flags);
    const readers = project.stages.filter(({ deps }) => deps.some((dep) => isWithin(dep.at, source.at)));
    print.json({
      from: source.at,
      to: target,
      stage: moved.address,
      readers: readers.map(({ address }) => address),
    });
    print.line(`Moved ${spelledOut(source.at)} to ${spelledOut(target)}.`);
    if (readers.length > 0)
      print.line(
        `It is still named by the old path under \`deps:\` of ${readers.map(({ address }) => spelledOut(address)).join(', ')}.`,
      );
    return 0;
  });
}

const emptyProblem = ({ address, place }: Stage): Problem => ({
  code: 'not-data',
  title: `'${address}' declares no data`,
  hint: `there is nothing to move; \`pipe remove ${shellQuote(address)}\` removes the file`,
  place,
});

/** Where the data is to be: a folder that exists, or that ends with a slash, receives it. @throws PipeError for what cannot be its path. */
function targetOf(to: string, source: WorkspacePath, workspace: OpenWorkspace): WorkspacePath {
  const { root } = workspace.project;
  const here = folderHere(root);
  const given = workspacePath(root, here, to);
  const refused = (title: string): PipeError =>
    new PipeError({ code: 'move-target', title, hint: 'choose another path' });
  const above = lstatSync(dirname(absolutePath(root, given)), { throwIfNoEntry: false });
  // Nothing below a file can be looked at.
  if (above && !above.isDirectory() && !above.isSymbolicLink())
    throw refused(`'${posix.dirname(given)}' is no folder`);
  const isFolder =
    to.endsWith('/') ||
    lstatSync(absolutePath(root, given), { throwIfNoEntry: false })?.isDirectory() === true;
  const target = (isFolder ? posix.join(given, basename(source)) : given) as WorkspacePath;
  if (lstatSync(absolutePath(root, target), { throwIfNoEntry: false }))
    throw refused(`'${target}' exists, and is not replaced`);
  if (isWithin(target, source)) throw refused(`'${target}' is inside of what is to be moved`);
  const others = workspace.project.stages.filter(({ outs }) => outs[0]?.at !== source);
  const holder = findHolder(
    target,
    others.filter(({ cmd }) => cmd === null),
  );
  if (holder) throw refused(`'${target}' is inside of the data '${holder.out.at}'`);
  const why = whyRefused(
    target,
    [],
    { ...workspace, project: { ...workspace.project, stages: others } },
    false,
  );
  if (why) throw new PipeError({ ...why, code: 'move-target' });
  return target;
}

/** The project once the data has its new path. */
async function loadMoved(
  { dialect, project }: OpenWorkspace,
  stage: Stage,
  drafts: ReadonlyMap<WorkspacePath, string>,
): Promise<Loaded> {
  const found = { ...project, isDvcRepository: dialect.lockFile.name === 'dvc.lock' };
  const loaded = await loadAt(found, noOverlay, drafts);
  const stages = loaded.project.stages.filter(
    ({ address, place }) => address !== stage.address || drafts.has(place.file as WorkspacePath),
  );
  return { ...loaded, project: { ...loaded.project, stages }, graph: { ...loaded.graph, stages } };
}

function severalProblem(given: string, { address, outs }: Stage): Problem {
  const paths = outs.map(({ at }) => at).join(' ');
  return {
    code: 'not-data',
    title: `'${given}' is not in a \`.dvc\` file of its own: '${address}' is of ${outs.length} paths`,
    hint: `give each its own: \`pipe remove ${shellQuote(address)}\`, then \`pipe add ${paths}\``,
  };
}

function notDataProblem(given: string, { project: { root, stages } }: OpenWorkspace): Problem {
  const at = workspacePath(root, folderHere(root), given);
  const holder = findHolder(at, stages);
  const refused = (what: string, hint: string): Problem => ({
    code: 'not-data',
    title: `'${given}' is ${what}`,
    hint,
  });
  if (!holder) {
    const known = stages.flatMap(({ cmd, outs }) => (cmd === null ? outs.map((out) => out.at) : []));
    const near = didYouMean(at, known, 3);
    return refused('not tracked as data', near ?? 'move it yourself; nothing records where it is');
  }
  const { stage, out } = holder;
  return stage.cmd === null
    ? refused(`a part of the data '${out.at}'`, `move it yourself, then \`pipe add ${shellQuote(out.at)}\``)
    : refused(
        `an output of the stage '${stage.address}'`,
        'change its path in the pipeline file, and in the command',
      );
}
