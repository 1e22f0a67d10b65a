// The commands that edit a pipeline file: `freeze`, `unfreeze`, `remove`, `stage add`, `init`.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { findRoot } from '../pipeline/find-root.ts';
import { addStage, removeStage, setFrozen } from '../pipeline/edit.ts';
import { PipeError } from '../pipeline/problem.ts';
import { spelledOut } from '../show/spell-out.ts';
import { quickPipeline } from './quick-pipeline.ts';
import { load } from './load.ts';

export interface StageAddFlags {
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

/** @param targets `name`, or `path/to/pipeline.yaml:name`. @returns the exit code. */
export function freezeCommand(targets: readonly string[], frozen: boolean): number {
  for (const target of targets) editStage(target, (text, file, name) => setFrozen(text, file, name, frozen));
  return 0;
}

/** @returns the exit code. */
export function removeCommand(targets: readonly string[]): number {
  for (const target of targets) editStage(target, removeStage);
  console.log('Outputs and records of removed stages go with the next `pipe repro`.');
  return 0;
}

function editStage(target: string, edit: (text: string, file: string, name: string) => string): void {
  const { root, pipelineFile } = findRoot(process.cwd());
  const colon = target.lastIndexOf(':');
  const path = colon < 0 ? join(root, pipelineFile) : resolve(target.slice(0, colon));
  write(path, edit(readFileSync(path, 'utf8'), relative(process.cwd(), path), target.slice(colon + 1)));
}

/** @returns the exit code. */
export async function stageAddCommand(command: readonly string[], flags: StageAddFlags): Promise<number> {
  const path = pipelineHere();
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const next = addStage(text, basename(path), flags.name, declaration(command, flags), flags.force === true);
  write(path, next);
  try {
    load({});
  } catch (error) {
    // What does not load is not left behind.
    if (text !== '') write(path, text);
    throw error;
  }
  console.log(`Added stage '${spelledOut(flags.name)}' to ${basename(path)}.`);
  if (!flags.run) return 0;
  const { runOnce } = await import('./run-once.ts');
  return runOnce([flags.name], { wait: true });
}

/** The pipeline file of the current folder, or the one to make. */
function pipelineHere(): string {
  const names = existsSync('.dvc') ? ['dvc.yaml'] : ['pipeline.yaml', 'dvc.yaml'];
  return resolve(names.find((name) => existsSync(name)) ?? names[0]!);
}

function declaration(command: readonly string[], flags: StageAddFlags): Readonly<Record<string, unknown>> {
  const plain = (paths: readonly string[] = []): unknown[] => [...paths];
  const withOptions = (paths: readonly string[] = [], options: object): unknown[] =>
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
function paramsOf(text: string): unknown[] {
  const colon = text.lastIndexOf(':');
  const keys = text
    .slice(colon + 1)
    .split(',')
    .filter(Boolean);
  if (colon < 0) return keys;
  return [{ [text.slice(0, colon)]: keys.length > 0 ? keys : null }];
}

/**
 * @param git also set git up, then for a project that has its pipeline already too.
 * @returns the exit code. @throws PipeError when there is a pipeline file already.
 */
export async function initCommand(git: boolean): Promise<number> {
  const path = resolve('pipeline.yaml');
  const exists = existsSync(path);
  if (exists && !git) {
    throw new PipeError({
      code: 'pipeline-exists',
      title: 'there is a pipeline.yaml here already',
      hint: 'add a stage to it with `pipe stage add`',
    });
  }
  if (git) {
    const { installInGit } = await import('./lock-merge.ts');
    installInGit(dirname(path));
    console.log('git merges lock files stage by stage from now on, in this clone; commit .gitattributes.');
  }
  if (exists) return 0;
  write(path, quickPipeline);
  console.log('Wrote pipeline.yaml, a pipeline of two stages to start from. Run it: pipe repro');
  return 0;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic.sync(path, text);
}
