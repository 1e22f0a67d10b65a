// What `import-url` and `import` have in common: a new import is declared, brought and recorded, or nothing of it is kept.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DeclaredImport, NewImport } from '../../dialect.ts';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, folderHere, type WorkspacePath } from '../../base/workspace-path.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import { findProject, type FoundRoot } from '../../pipeline/find-root.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Origin } from '../../pipeline/stage.ts';
import type { BesideRun } from '../../run/beside-run.ts';
import { importData, importSent, importWithoutData, outOf } from '../../run/import/import-data.ts';
import { loadAt, type Loaded } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import type { DataSource } from '../../source/data-source.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { openWorkspaceSource } from '../../run/import/workspace-source.ts';
import { makePrinter } from '../printer.ts';
import { writePipeline } from '../write-pipeline.ts';
import { whyRefused } from '../data/plan-add.ts';
import { downloading, reportSaved } from './downloading.ts';
import { findingOf } from './finding.ts';
import { shownOrigin } from './shown-origin.ts';
import { targetInProject } from './target-path.ts';
import { sendToRemote, type ToRemoteFlags } from './to-remote.ts';

export interface ImportFlags extends ToRemoteFlags {
  readonly force?: true;
  /** `--no-exec`: only declare it. */
  readonly exec?: boolean;
  /** `--no-download`: only record what is there. */
  readonly download?: boolean;
}

/** The project around the current folder, which becomes one with its first import. */
export const projectHere = (): FoundRoot =>
  findProject(process.cwd()) ?? {
    root: process.cwd(),
    pipelineFile: 'pipeline.yaml',
    isDvcRepository: false,
  };

/** @param secret in the URL. @param shown the URL in messages. @throws PipeError for a URL with a secret in it, which would be committed with the file that declares the import. */
export function refuseSecret(secret: string | undefined, shown: string, hint: string): void {
  if (secret === undefined) return;
  throw new PipeError({
    code: 'remote-secret',
    title: `the ${secret} in the URL ${shown} would be written into a file that is committed`,
    hint,
  });
}

/** @param name what its name is taken from. @param to where its data is put. @returns the exit code. */
export function importNew(
  origin: Origin,
  name: string,
  to: string | undefined,
  flags: ImportFlags,
): Promise<number> {
  const force = flags.force === true;
  const at = projectHere();
  const out = targetInProject(at.root, { from: name, to, force });
  let plan: ImportPlan | undefined;
  const load = async (): Promise<Loaded> => {
    plan = await planImport(at, origin, out, flags);
    return plan.loaded;
  };
  return withLockedWorkspace({}, (workspace, beside) => bringNew(plan!, workspace, beside, flags), { load });
}

interface ImportPlan {
  /** Without the import. */
  readonly project: Project;
  readonly imported: NewImport;
  readonly declared: DeclaredImport;
  /** With the import. */
  readonly loaded: Loaded;
}

/** @throws PipeError for a path that cannot be data, or, without `force`, is declared already. */
async function planImport(
  at: FoundRoot,
  origin: Origin,
  out: WorkspacePath,
  { force, toRemote, remote }: ImportFlags,
): Promise<ImportPlan> {
  const isNew = !at.isDvcRepository && !existsSync(join(at.root, at.pipelineFile));
  const nothing = new Map([[at.pipelineFile as WorkspacePath, 'stages: {}\n']]);
  const before = await loadAt(at, noOverlay, isNew ? nothing : undefined);
  const { project, dialect } = before;
  const existing = project.stages.find(({ outs }) => outs.some((declared) => declared.at === out));
  if (existing && !force)
    throw new PipeError({
      code: 'import-exists',
      title: `'${out}' is declared already`,
      hint: existing.origin
        ? 'bring a newer version with `pipe update`, or give --force'
        : 'give --force to replace it, or choose another path',
      place: existing.place,
    });
  const stages = project.stages.filter((stage) => stage !== existing || stage.cmd !== null);
  const why = whyRefused(out, [], { ...before, project: { ...project, stages } }, false);
  if (why) throw new PipeError({ ...why, code: 'import-refused' });
  const imported: NewImport = {
    origin,
    out,
    folder: folderHere(at.root),
    existing,
    ...(toRemote && remote !== undefined && { remote }),
  };
  const declared = dialect.imports.declare(project, imported);
  const loaded = await loadAt(at, noOverlay, new Map([[declared.file, declared.text]]));
  return { project, imported, declared, loaded };
}

async function bringNew(
  { project, imported, declared: { file, address } }: ImportPlan,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
  flags: ImportFlags,
): Promise<number> {
  const { origin, out } = imported;
  const finding = findingOf(origin, undefined);
  const stage = workspace.graph.stage(address)!;
  const write = (entry?: LockEntry): void => {
    const { text } = workspace.dialect.imports.declare(project, imported, entry);
    mkdirSync(dirname(absolutePath(project.root, out)), { recursive: true });
    writePipeline(absolutePath(project.root, file), text);
  };
  const importing = { workspace, beside, declare: write, onSaved: reportSaved };
  const print = makePrinter(flags);
  const shown = { path: out, file, from: shownOrigin(origin) };
  if (flags.exec === false) {
    beside?.refuseTracked(stage);
    write();
    beside?.ignore(stage);
    beside?.addToGit();
    print.json(shown);
    print.line(`Declared '${spelledOut(out)}' in ${spelledOut(file)}; \`pipe update\` brings it.`);
    return 0;
  }
  if (flags.download === false) {
    const entry = await importWithoutData(stage, await finding.look(workspace), importing);
    print.json({ ...shown, ...entryJson(entry) });
    print.line(
      `Recorded what '${spelledOut(shown.from)}' has now in ${spelledOut(file)}; \`pipe pull\` brings it.`,
    );
    return 0;
  }
  if (flags.toRemote && origin.kind === 'url') {
    beside?.refuseTracked(stage);
    const open = (): Promise<DataSource> => openWorkspaceSource(origin, workspace);
    const sent = await sendToRemote(open, outOf(stage).remote, workspace, flags);
    print.json({ ...shown, ...entryJson(await importSent(stage, sent, importing)) });
    print.line(
      `Sent '${spelledOut(shown.from)}' (${bytesText(sent.content.size)}) to the remote, as '${spelledOut(out)}'; \`pipe pull\` brings it.`,
    );
    return 0;
  }
  const { jobs } = flags;
  const entry = await downloading(finding.doing, flags, (options) =>
    importData(
      stage,
      (path) => finding.bring(workspace, path, { ...options, jobs, modes: workspace.rules.outModesCount }),
      importing,
    ),
  );
  const size = entry.outs.find((out) => out.path === outOf(stage).path)?.content.size ?? 0;
  print.json({ ...shown, ...entryJson(entry) });
  print.line(
    `Imported '${spelledOut(out)}' (${bytesText(size)}) from ${spelledOut(shown.from)}; ${spelledOut(file)} declares it.`,
  );
  return 0;
}

/** What is recorded of an import. */
export function entryJson({ outs, origin }: LockEntry): object {
  const [out] = outs;
  return {
    ...(out && { digest: out.content.digest, bytes: out.content.size }),
    ...(out?.content.nfiles !== undefined && { files: out.content.nfiles }),
    ...(origin?.rev !== undefined && { rev: origin.rev }),
  };
}
