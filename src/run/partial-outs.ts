// What stages left at the paths of outputs and nothing records: outputs of failed attempts, and files in a folder that its content
// does not include. A stage made it, so the next attempt removes it without saving it. It is identified by names and stat data, so that
// any later change or addition counts as the user's.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { errno } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Workspace } from '../plan/workspace.ts';

/** Signatures by path. */
type PartialOuts = { readonly [at: string]: string };

/** Records what the stage left. The next attempt saves what could not be recorded. */
export function notePartialOuts(stage: Stage, workspace: Workspace): void {
  note(
    stage.outs.map(({ at }) => at),
    workspace,
  );
}

/** Records what a stage that ended well left in its folders besides their content. */
export function noteLeftOut(stage: Stage, workspace: Workspace): void {
  const folders = stage.outs.filter(({ persist }) => !persist);
  note(
    folders.flatMap(({ at }) => leftOutIn(at, workspace)),
    workspace,
  );
}

/** What the content of an output did not include at the last look. */
export function leftOutIn(at: WorkspacePath, { project, hasher }: Workspace): readonly WorkspacePath[] {
  const inner = hasher.leftOut(absolutePath(project.root, at));
  return inner.map((path) => `${at}/${path}` as WorkspacePath);
}

function note(paths: readonly WorkspacePath[], { project, folders }: Workspace): void {
  const file = partialFile(folders.state);
  const left = paths.flatMap((at) => {
    const signature = signatureAt(absolutePath(project.root, at));
    return signature === undefined ? [] : [[at, signature] as const];
  });
  if (left.length === 0) return;
  const before = Object.entries(readPartial(file)).filter(([at]) =>
    lstatSync(absolutePath(project.root, at as WorkspacePath), { throwIfNoEntry: false }),
  );
  try {
    mkdirSync(dirname(file), { recursive: true });
    const text = `${JSON.stringify(Object.fromEntries([...before, ...left]))}\n`;
    replaceFile(file, text, { temporary: `${file}.new` });
  } catch (error) {
    if (errno(error) === undefined) throw error;
  }
}

/** Whether what is at a path is as a stage left it. */
export function isPartialOut(at: WorkspacePath, { project, folders }: Workspace): boolean {
  const noted = readPartial(partialFile(folders.state))[at];
  return noted !== undefined && noted === signatureAt(absolutePath(project.root, at));
}

const partialFile = (state: string): string => join(state, 'partial.json');

function readPartial(file: string): PartialOuts {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as PartialOuts) : {};
  } catch {
    return {};
  }
}

function signatureAt(path: string): string | undefined {
  const hash = createHash('sha256');
  const addToHash = (at: string, name: string): void => {
    const stats = lstatSync(at, { bigint: true });
    const isFolder = stats.isDirectory();
    const key = isFolder ? '' : `${stats.ino}-${stats.size}-${stats.mtimeNs}-${stats.ctimeNs}`;
    hash.update(`${JSON.stringify(name)}${stats.mode}${key}\n`);
    if (isFolder) for (const inner of readdirSync(at).sort()) addToHash(join(at, inner), `${name}/${inner}`);
  };
  try {
    addToHash(path, '');
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
