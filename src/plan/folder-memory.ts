// What folders held when they were recorded, so that `why` can show which of their files changed since. No decision depends
// on it; what it has forgotten is not shown.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ManifestEntry } from '../hash/tree.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { errno, PipeError } from '../base/problem.ts';
import { makeRealFolder } from '../disk/real-folder.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import type { Workspace } from './workspace.ts';

/** How many folders are remembered: the newest. */
const MOST = 500;
/** Files: the list of a larger folder would take megabytes each time. */
const LARGEST = 20_000;

interface RecordedFolder {
  readonly at: WorkspacePath;
  readonly content: Content | undefined;
  readonly as: 'input' | 'output';
}

/** Remembers the files of the folders among these paths. What cannot be written is left out. */
export async function keepFolders(
  recorded: readonly RecordedFolder[],
  { project, hasher, folders }: Workspace,
): Promise<void> {
  const memory = memoryFolder(folders.state);
  for (const { at, content, as } of recorded) {
    if (!content || !isDirectory(content.digest) || (content.nfiles ?? 0) > LARGEST) continue;
    const file = join(memory, content.digest);
    try {
      if (existsSync(file)) continue;
      const path = absolutePath(project.root, at);
      const tree = await (as === 'input' ? hasher.inputTree(path, content) : hasher.tree(path, content));
      if (tree.content.digest !== content.digest) continue;
      mkdirSync(memory, { recursive: true });
      makeRealFolder(dirname(folders.placing), folders.placing);
      // Garbage collection knows the files there.
      replaceFile(file, tree.manifest, { temporary: join(folders.placing, temporaryName()) });
      forgetOldest(memory);
    } catch (error) {
      if (!(error instanceof PipeError) && errno(error) === undefined) throw error;
    }
  }
}

/** The entries of a folder with this digest, if they are still remembered. */
export function recallFolder(
  digest: Digest,
  state: string,
  rules: ContentRules,
): readonly ManifestEntry[] | undefined {
  const path = join(memoryFolder(state), digest);
  if (!existsSync(path)) return undefined;
  try {
    return rules.parseManifest(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof PipeError || errno(error) !== undefined) return undefined;
    throw error;
  }
}

const DIRECTORY = /^[0-9a-f]{32,64}\.dir$/;

const memoryFolder = (state: string): string => join(state, 'folders');

function forgetOldest(memory: string): void {
  const names = readdirSync(memory).filter((name) => DIRECTORY.test(name));
  if (names.length <= MOST) return;
  const ages = new Map(names.map((name) => [name, statSync(join(memory, name)).mtimeMs]));
  const oldest = names.toSorted((a, b) => ages.get(a)! - ages.get(b)!).slice(0, names.length - MOST);
  for (const name of oldest) rmSync(join(memory, name), { force: true });
}
