// `pipe stage add`: nothing is written unless the whole project loads with the new stage.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addStage, type StageDeclaration } from '../pipeline/edit/add-stage.ts';
import { findProject, type FoundRoot } from '../pipeline/find-root.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import { loadAt } from '../session/load.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Plain } from '../yaml/write-entry.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { writePipeline } from './write-pipeline.ts';

export interface StageAddFlags extends OutputFlags {
  readonly name: string;
  readonly deps?: readonly string[];
  readonly params?: readonly string[];
  readonly outs?: readonly string[];
  readonly outsNoCache?: readonly string[];
  readonly outsPersist?: readonly string[];
  readonly outsPersistNoCache?: readonly string[];
  readonly metrics?: readonly string[];
  readonly metricsNoCache?: readonly string[];
  readonly plots?: readonly string[];
  readonly plotsNoCache?: readonly string[];
  readonly wdir?: string;
  readonly alwaysChanged?: true;
  readonly desc?: string;
  readonly force?: true;
  readonly run?: true;
}

/** @returns the exit code. */
export async function stageAddCommand(command: readonly string[], flags: StageAddFlags): Promise<number> {
  const cwd = process.cwd();
  const at = findProject(cwd) ?? newProject(cwd);
  const path = join(cwd, at.pipelineFile);
  const file = relative(at.root, path) as WorkspacePath;
  const text = existsSync(path) ? readPipelineText(path, file) : undefined;
  const next = addStage(text, file, flags.name, declaration(command, flags), flags.force === true);
  await loadAt(at, noOverlay, new Map([[file, next]]));
  writePipeline(path, next);
  makePrinter(flags).line(`Added stage '${spelledOut(flags.name)}' to ${at.pipelineFile}.`);
  if (!flags.run) return 0;
  const { runOnce } = await import('../session/run-once.ts');
  const { quiet, verbose } = flags;
  return runOnce([flags.name], { wait: true, ...(quiet && { quiet }), ...(verbose && { verbose }) });
}

const newProject = (root: string): FoundRoot => ({
  root,
  pipelineFile: 'pipeline.yaml',
  isDvcRepository: false,
});

function declaration(command: readonly string[], flags: StageAddFlags): StageDeclaration {
  const plain = (paths: readonly string[] = []): Plain[] => [...paths];
  const withOptions = (paths: readonly string[] = [], options: { readonly [key: string]: Plain }): Plain[] =>
    paths.map((path) => ({ [path]: options }));
  const lists = {
    deps: plain(flags.deps),
    params: (flags.params ?? []).flatMap(paramsOf),
    outs: [
      ...plain(flags.outs),
      ...withOptions(flags.outsNoCache, { cache: false }),
      ...withOptions(flags.outsPersist, { persist: true }),
      ...withOptions(flags.outsPersistNoCache, { cache: false, persist: true }),
    ],
    metrics: [...plain(flags.metrics), ...withOptions(flags.metricsNoCache, { cache: false })],
    plots: [...plain(flags.plots), ...withOptions(flags.plotsNoCache, { cache: false })],
  };
  return {
    ...(flags.desc !== undefined && { desc: flags.desc }),
    cmd: command.join(' '),
    ...(flags.wdir !== undefined && { wdir: flags.wdir }),
    ...Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
    ...(flags.alwaysChanged && { always_changed: true }),
  };
}

/** `lr,epochs` of params.yaml, or `file.yaml:lr,epochs`, or a whole file `file.yaml:`. */
function paramsOf(text: string): Plain[] {
  const colon = text.lastIndexOf(':');
  const keys = text
    .slice(colon + 1)
    .split(',')
    .filter(Boolean);
  if (colon < 0) return keys;
  return [{ [text.slice(0, colon)]: keys.length > 0 ? keys : null }];
}
