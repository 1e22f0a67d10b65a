// `pipe add --out` and `pipe add --to-remote`: data of elsewhere becomes data of the project, without a record of where it came from.
import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, folderHere, isUrl, workspacePath } from '../../base/workspace-path.ts';
import { placeData } from '../../run/import/import-data.ts';
import { recordData, recordSent, type RecordedData } from '../../run/data/record-data.ts';
import type { FoundRoot } from '../../pipeline/find-root.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { openWorkspaceSource } from '../../run/import/workspace-source.ts';
import type { DataSource } from '../../source/data-source.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { downloading, reportSaved } from '../imports/downloading.ts';
import { projectHere } from '../imports/import-new.ts';
import { targetInProject } from '../imports/target-path.ts';
import { sendToRemote, type ToRemoteFlags } from '../imports/to-remote.ts';
import { makePrinter } from '../printer.ts';
import { printProblem, printWarning } from '../problems.ts';
import { writePipeline } from '../write-pipeline.ts';
import { recordedJson, recordedText } from './added-text.ts';
import { planAdd, type AddItem, type AddPlan } from './plan-add.ts';

export interface AddFromFlags extends ToRemoteFlags {
  readonly out?: string;
  readonly force?: true;
  readonly desc?: string;
  readonly push?: boolean;
  readonly file?: string;
  readonly remoteJobs?: number;
}

/** @returns the exit code. */
export function addFrom(targets: readonly string[], flags: AddFromFlags): Promise<number> {
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0)
    throw new PipeError({
      code: 'data-refused',
      title: `${flags.toRemote ? '--to-remote' : '--out'} takes one file or folder at a time`,
      hint: 'call `pipe add` once for each',
    });
  const found = projectHere();
  const out = placeOf(target, found, flags);
  let plan: AddPlan | undefined;
  const load = async (): Promise<AddPlan['loaded']> => {
    plan = await planAdd(found, {
      paths: [absolutePath(found.root, out)],
      comes: true,
      ...declaredIn(found, flags),
    });
    return plan.loaded;
  };
  return withLockedWorkspace(
    {},
    async (workspace, beside) => {
      const { items, texts } = plan!;
      const [item] = items as [AddItem];
      const { stage } = item;
      if (item.isPart) throw partProblem(item);
      beside?.refuseTracked(stage);
      const at = workspacePath(found.root, folderHere(found.root), target);
      const open = (): Promise<DataSource> =>
        openWorkspaceSource({ kind: 'url', url: withoutSecrets(target), at }, workspace);
      const recorded = flags.toRemote
        ? await send(item, open, workspace, flags)
        : await bring(item, open, workspace, flags);
      beside?.ignore(stage);
      for (const [name, text] of texts) writePipeline(absolutePath(workspace.project.root, name), text);
      workspace.locks.fold(workspace.locks.overlay(), false);
      beside?.addToGit();
      const print = makePrinter(flags);
      print.json({ added: [recordedJson(recorded)] });
      print.line(
        recordedText(recorded) +
          (flags.toRemote ? ': the remote has it, from ' : ' from ') +
          spelledOut(withoutSecrets(target)),
      );
      return 0;
    },
    { load, listener: { warn: printWarning, hashed: () => undefined } },
  );
}

/** Data inside of the project stays where it is; what is outside gets its name in the current folder, as with DVC. */
function placeOf(target: string, { root }: FoundRoot, { out, force }: AddFromFlags): AddItem['at'] {
  const at = workspacePath(root, folderHere(root), target);
  const isInside = !isUrl(at) && !at.startsWith('/');
  if (out === undefined && isInside) {
    if (lstatSync(absolutePath(root, at), { throwIfNoEntry: false })) return at;
    throw new PipeError({ code: 'data-missing', title: `'${target}' does not exist` });
  }
  return targetInProject(root, { from: target, to: out, force: force === true });
}

/** DVC does not write down which remote something was sent to. */
function declaredIn(
  { isDvcRepository }: FoundRoot,
  { desc, push, file, remote, toRemote }: AddFromFlags,
): Omit<Parameters<typeof planAdd>[1], 'paths'> {
  return {
    ...(desc !== undefined && { desc }),
    ...(push === false && { push: false }),
    ...(file !== undefined && { file }),
    ...(remote !== undefined && !(toRemote && isDvcRepository) && { remote }),
  };
}

async function send(
  { stage, out, at }: AddItem,
  open: () => Promise<DataSource>,
  workspace: OpenWorkspace,
  flags: AddFromFlags,
): Promise<RecordedData> {
  const jobs = jobsOf(flags);
  const options = { ...flags, ...(jobs !== undefined && { jobs }) };
  const { content } = await sendToRemote(open, out.remote, workspace, options);
  mkdirSync(dirname(absolutePath(workspace.project.root, at)), { recursive: true });
  return recordSent(stage, content, workspace, printProblem);
}

async function bring(
  { stage }: AddItem,
  open: () => Promise<DataSource>,
  workspace: OpenWorkspace,
  flags: AddFromFlags,
): Promise<RecordedData> {
  const modes = workspace.rules.outModesCount;
  const source = await open();
  const [recorded] = await downloading('Adding', flags, (reports) =>
    placeData(
      stage,
      (path) => source.download(path, { ...reports, jobs: jobsOf(flags), modes }),
      { workspace, beside: undefined, onSaved: reportSaved },
      () => recordData(stage, workspace, { keep: true, warn: printProblem }),
    ),
  );
  return recorded!;
}

const jobsOf = ({ jobs, remoteJobs }: AddFromFlags): number | undefined => jobs ?? remoteJobs;

/** @throws PipeError for a number of transfers where nothing is transferred. */
export function refuseLoneJobs({ jobs, remoteJobs }: AddFromFlags): void {
  if (jobs === undefined && remoteJobs === undefined) return;
  throw new PipeError({
    code: 'data-refused',
    title: '--jobs is about transfers, and nothing is transferred here',
    hint: 'leave it out, or add --to-remote or --out',
  });
}

const partProblem = ({ at, out }: AddItem): PipeError =>
  new PipeError({
    code: 'data-refused',
    title: `'${relative(process.cwd(), at) || at}' is a part of '${out.at}', which is data already`,
    hint: 'name the whole, or add the part without --to-remote and --out',
  });
