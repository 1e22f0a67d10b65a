// Where the files of a git repository are, for reading its objects and references without git. Only of repositories whose files are in
// the usual form: git reads the others.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

export interface RepositoryFiles {
  /** Absolute folder of the references of this work tree, such as HEAD. */
  readonly own: string;
  /** Absolute folder of what all work trees share. */
  readonly common: string;
  /** Absolute folders of objects: its own, and those that it borrows from. */
  readonly objects: readonly string[];
}

/** By these, git would look elsewhere. */
const REDIRECTIONS = [
  'GIT_DIR',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_GRAFT_FILE',
  'GIT_REPLACE_REF_BASE',
];
/** Other digests than SHA-1, references in tables, and objects that git fetches when they are asked for. */
const UNUSUAL = /^\s*(?:objectformat|refstorage|partialclone|promisor)\s*=/im;

/** @param folder absolute: the top of a work tree, or a bare repository. @returns undefined where git has to be asked. */
export function findRepositoryFiles(folder: string): RepositoryFiles | undefined {
  if (REDIRECTIONS.some((name) => process.env[name] !== undefined)) return undefined;
  const own = gitFolder(folder);
  const shared = own && textOf(join(own, 'commondir'));
  const common = own && (shared === undefined ? own : resolve(own, shared.trim()));
  if (!common || isUnusual(common)) return undefined;
  const objects = withBorrowed(join(common, 'objects'));
  return objects && { own, common, objects };
}

function gitFolder(folder: string): string | undefined {
  const inside = join(folder, '.git');
  const kind = statSync(inside, { throwIfNoEntry: false });
  if (kind?.isDirectory()) return inside;
  if (!kind) return existsSync(join(folder, 'HEAD')) ? folder : undefined;
  const [, path] = /^gitdir: (.+)\n?$/.exec(textOf(inside) ?? '') ?? [];
  return path === undefined ? undefined : resolve(folder, path);
}

function isUnusual(common: string): boolean {
  const config = textOf(join(common, 'config'));
  // History is cut, or objects are replaced by others.
  const changed = ['shallow', 'info/grafts'].some((name) => existsSync(join(common, name)));
  return config === undefined || UNUSUAL.test(config) || changed || hasReplacements(common);
}

const hasReplacements = (common: string): boolean =>
  namesIn(join(common, 'refs/replace')).length > 0 ||
  (textOf(join(common, 'packed-refs'))?.includes(' refs/replace/') ?? false);

/** @returns undefined where a name is spelled in a way that only git reads. */
function withBorrowed(objects: string): readonly string[] | undefined {
  const found = new Set([objects]);
  for (const folder of found)
    for (const line of (textOf(join(folder, 'info/alternates')) ?? '').split('\n')) {
      if (line.startsWith('"')) return undefined;
      if (line !== '' && !line.startsWith('#')) found.add(isAbsolute(line) ? line : join(folder, line));
    }
  return [...found];
}

/** @returns undefined where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** @returns none where it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
