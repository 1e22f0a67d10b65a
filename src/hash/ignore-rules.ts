// Which files inside directories are ignored: `.pipeignore` (in DVC repositories `.dvcignore`), with git's syntax, in any
// folder of the project. The package that matches patterns is loaded only where such a file exists.
import { dirname, join } from 'node:path';
import type { Ignore } from 'ignore';
import { loadPackage } from '../base/load-package.ts';
import { keyText } from '../disk/stat-key.ts';
import { readFileSync, statSync } from '../disk/witnessed-fs.ts';

/** Whether an absolute path inside the project is ignored. */
export type Ignored = (path: string, isDirectory: boolean) => boolean;

export interface IgnoreRules {
  /** Name of the ignore files. */
  readonly file: string;
  /**
   * For a walk through one directory: the rules of all folders from the root down to each path.
   * @returns undefined when no such file exists above or in the directory; `found` adds those below.
   */
  above(directory: string): Ignored | undefined;
  /** The walk found an ignore file in this folder: its rules apply from here on. */
  found(folder: string): Ignored;
}

export function ignoreRules(root: string, file: string): IgnoreRules {
  const matchers = new Map<string, { readonly key: string; readonly matcher: Ignore }>();

  const load = (folder: string): boolean => {
    const path = join(folder, file);
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats?.isFile()) {
      matchers.delete(folder);
      return false;
    }
    if (matchers.get(folder)?.key !== keyText(stats)) {
      const matcher = loadPackage('ignore')().add(readFileSync(path, 'utf8'));
      matchers.set(folder, { key: keyText(stats), matcher });
    }
    return true;
  };

  const ignored: Ignored = (path, isDirectory) => {
    let verdict = false;
    // The rules of deeper folders come last and win.
    for (let end = root.length; end !== -1; end = path.indexOf('/', end + 1)) {
      const matcher = matchers.get(path.slice(0, end))?.matcher;
      if (!matcher) continue;
      const result = matcher.test(path.slice(end + 1) + (isDirectory ? '/' : ''));
      if (result.ignored) verdict = true;
      else if (result.unignored) verdict = false;
    }
    return verdict;
  };

  return {
    file,
    above(directory) {
      if (directory !== root && !directory.startsWith(`${root}/`)) return undefined;
      let any = false;
      for (let folder = directory; ; folder = dirname(folder)) {
        if (load(folder)) any = true;
        if (folder === root) break;
      }
      return any ? ignored : undefined;
    },
    found(folder) {
      load(folder);
      return ignored;
    },
  };
}
