// What `import-url` and `import` have in common: a new import is declared, brought and recorded, or nothing of it is kept.
import { relative } from 'node:path';
import type { NewImport } from '../../dialect.ts';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import { findRoot } from '../../pipeline/find-root.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import type { Origin } from '../../pipeline/stage.ts';
import type { BesideRun } from '../../run/beside-run.ts';
import { importData, importWithoutData, outOf } from '../../run/import/import-data.ts';
import { dialectOf, loadAt, type Loaded } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { withoutPassword } from '../../source/open-source.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { writePipeline } from '../write-pipeline.ts';
import { downloading, reportSaved } from './downloading.ts';
import { findingOf } from './finding.ts';
import { pathInProject, targetPath } from './target-path.ts';

export interface ImportFlags extends OutputFlags {
  readonly force?: true;
  /** `--no-exec`: only declare it. */
  readonly exec?: boolean;
  /** `--no-download`: only record what is there. */
  readonly download?: boolean;
  readonly toRemote?: true;
  readonly remote?: string;
  readonly jobs?: number;
}

/** The current folder, from the root. */
export const folderHere = (root: string): WorkspacePath => (relative(root, process.cwd()) || '.') as WorkspacePath;

/** @param name what its name is taken from. @returns the exit code. */
export async function importNew(
  origin: Origin,
  name: string,
  to: string | undefined,
  flags: ImportFlags,
): Promise<number> {
  refuseContradictions(flags);
  const force = flags.force === true;
  const found = findRoot(process.cwd());
  const path = targetPath(name, to, force);
  const imported: NewImport = {
    origin,
    out: pathInProject(found.root, path),
    folder: folderHere(found.root),
    force,
  };
  const dialect = await dialectOf(found);
  const load = (): Promise<Loaded> => {
    const { file, text } = dialect.imports.declare(found.root, imported);
    return loadAt(found, noOverlay, new Map([[file, text]]));
  };
  return withLockedWorkspace({}, (workspace, beside) => bringNew(imported, workspace, beside, flags), { load });
}

async function bringNew(
  imported: NewImport,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
  flags: ImportFlags,
): Promise<number> {
  const finding = findingOf(imported.origin);
  const { root } = workspace.project;
  const { imports } = workspace.dialect;
  const { address, file } = imports.declare(root, imported);
  const stage = workspace.graph.stage(address)!;
  const write = (entry?: LockEntry): void =>
    writePipeline(absolutePath(root, file), imports.declare(root, imported, entry).text);
  const importing = {
    workspace,
    beside,
    declare: write,
    onSaved: reportSaved,
  };
  const print = makePrinter(flags);
  const shown = { path: imported.out, file, from: shownOrigin(imported.origin) };
  if (flags.exec === false) {
    beside?.refuseTracked(stage);
    write();
    beside?.ignore(stage);
    beside?.addToGit();
    print.json(shown);
    print.line(`Declared '${spelledOut(imported.out)}' in ${spelledOut(file)}; \`pipe update\` brings it.`);
    return 0;
  }
  if (flags.download === false) {
    const entry = importWithoutData(stage, await finding.look(workspace), importing);
    print.json({ ...shown, ...entryJson(entry) });
    print.line(`Recorded what '${spelledOut(shown.from)}' has now in ${spelledOut(file)}; \`pipe pull\` brings it.`);
    return 0;
  }
  const entry = await downloading(finding.doing, flags, (options) =>
    importData(
      stage,
      (path) => finding.bring(workspace, path, { ...options, modes: workspace.rules.outModesCount }),
      importing,
    ),
  );
  const size = entry.outs.find((out) => out.path === outOf(stage).path)?.content.size ?? 0;
  print.json({ ...shown, ...entryJson(entry) });
  print.line(`Imported '${spelledOut(imported.out)}' (${bytesText(size)}) from ${spelledOut(shown.from)}; ${spelledOut(file)} declares it.`);
  return 0;
}

export function entryJson({ outs, origin }: LockEntry): object {
  const [out] = outs;
  return {
    ...(out && { digest: out.content.digest, size: out.content.size }),
    ...(out?.content.nfiles !== undefined && { nfiles: out.content.nfiles }),
    ...(origin?.rev !== undefined && { rev: origin.rev }),
  };
}

/** For people. */
export const shownOrigin = (origin: Origin): string =>
  origin.kind === 'url' ? withoutPassword(origin.url) : `${withoutPassword(origin.url)}: ${origin.path}`;

function refuseContradictions({ toRemote, exec, download, remote }: ImportFlags): void {
  const refuse = (title: string, hint: string): never => {
    throw new PipeError({ code: 'import-refused', title, hint }, 2);
  };
  if (toRemote && (exec === false || download === false))
    refuse('--to-remote cannot be combined with --no-exec and --no-download', 'leave one of them out');
  if (remote !== undefined && !toRemote) refuse('--remote is for --to-remote only', 'give both, or neither');
}
