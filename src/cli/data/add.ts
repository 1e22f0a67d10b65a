// `pipe add`: keeps files and folders that no stage makes in the cache, and declares them.
import { globSync, lstatSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { leftOutIn } from '../../run/partial-outs.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { recordData, type RecordedData } from '../../run/data/record-data.ts';
import { recordPart } from '../../run/data/record-part.ts';
import type { LinkKind } from '../../cache/link-kind.ts';
import type { Loaded } from '../../session/load.ts';
import { openTransferDisplay } from '../../session/transfer-display.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { makePrinter } from '../printer.ts';
import { projectHere } from '../imports/import-new.ts';
import { printProblem, printWarning } from '../problems.ts';
import { writePipeline } from '../write-pipeline.ts';
import { addFrom, refuseLoneJobs, type AddFromFlags } from './add-from.ts';
import { recordedJson, recordedText } from './added-text.ts';
import { planAdd, type AddPlan } from './plan-add.ts';

export interface AddFlags extends AddFromFlags {
  readonly glob?: true;
  readonly commit: boolean;
  readonly relink: boolean;
  readonly copy: boolean;
}

/** @returns the exit code. */
export function addCommand(targets: readonly string[], flags: AddFlags): Promise<number> {
  if (flags.toRemote || flags.out !== undefined) return addFrom(targets, flags);
  refuseLoneJobs(flags);
  const found = projectHere();
  const paths = expand(targets, flags.glob === true);
  const { desc, remote, file } = flags;
  let plan: AddPlan | undefined;
  const load = async (): Promise<AddPlan['loaded']> => {
    plan = await planAdd(found, {
      paths,
      ...(desc !== undefined && { desc }),
      ...(remote !== undefined && { remote }),
      ...(flags.push === false && { push: false }),
      ...(file !== undefined && { file }),
    });
    const links = linksOf(flags);
    return links ? withLinks(plan.loaded, links) : plan.loaded;
  };
  const display = flags.json || flags.quiet ? undefined : openTransferDisplay('Adding', process.stderr);
  const total = process.stderr.isTTY ? countFiles(paths) : 0;
  return withLockedWorkspace(
    {},
    async (workspace, beside) => {
      const { items, texts } = plan!;
      const options = { keep: flags.commit, warn: printProblem };
      const recorded: RecordedData[] = [];
      for (const { stage, out, at, isPart } of items) {
        beside?.refuseTracked(stage);
        if (isPart) recorded.push(await recordPart(stage, out, at, workspace, options));
        else recorded.push(...(await recordData(stage, workspace, options)));
        beside?.ignore(stage);
      }
      for (const [name, text] of texts) writePipeline(absolutePath(workspace.project.root, name), text);
      workspace.locks.fold(workspace.locks.overlay(), false);
      beside?.addToGit();
      const print = makePrinter(flags);
      print.json({ added: recorded.map(recordedJson) });
      for (const item of recorded) print.line(recordedText(item));
      for (const at of gitIn(recorded, workspace))
        print.line(
          `left out\t${spelledOut(at)}\tgit keeps it: \`pipe import\` tracks a repository at a commit`,
        );
      return 0;
    },
    {
      load,
      listener: {
        warn: printWarning,
        hashed: (bytes, files) =>
          display?.progress({
            objects: { done: files, total: Math.max(total, files) },
            bytes: { done: bytes, total: undefined },
          }),
      },
    },
  ).finally(() => display?.close());
}

/** What belongs to git inside of data is not a part of it. */
const gitIn = (recorded: readonly RecordedData[], workspace: Workspace): readonly WorkspacePath[] =>
  [...new Set(recorded.map(({ at }) => at))]
    .flatMap((at) => leftOutIn(at, workspace))
    .filter((at) => basename(at) === '.git');

/** `--no-copy`: the file itself becomes the object where the file system can; `--no-relink`: the file stays as it is. */
function linksOf({ copy, relink }: AddFlags): readonly LinkKind[] | undefined {
  if (!copy) return ['hardlink', 'symlink'];
  return relink ? undefined : ['reflink', 'copy'];
}

function withLinks(loaded: Loaded, links: readonly LinkKind[]): Loaded {
  const { config } = loaded.project;
  return {
    ...loaded,
    project: { ...loaded.project, config: { ...config, cache: { ...config.cache, links } } },
  };
}

/** For the display of a terminal; what is missing is reported by the planning. */
const countFiles = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => {
    const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    return sum + (isFolder ? readdirSync(path, { recursive: true }).length : 1);
  }, 0);

/**
 * The paths that patterns match, without hidden files and those that declare data. A name that exists is a pattern only with `--glob`.
 * @throws PipeError for a pattern that matches nothing.
 */
function expand(targets: readonly string[], glob: boolean): readonly string[] {
  return targets.flatMap((target) => {
    const isPattern = glob || (/[*?[]/.test(target) && !lstatSync(target, { throwIfNoEntry: false }));
    if (!isPattern) return [target];
    const found = globSync(target)
      .filter(
        (path) =>
          path !== '.' &&
          !basename(path).startsWith('.') &&
          !/\.dvc$|^(?:pipeline|dvc)\.(?:yaml|lock)$/.test(basename(path)),
      )
      .sort();
    if (found.length > 0) return found;
    throw new PipeError({ code: 'data-missing', title: `nothing matches '${target}'` });
  });
}
