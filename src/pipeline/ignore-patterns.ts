// The patterns of one ignore file. Most of the lines of a `.gitignore` that the engine writes name one path: these are looked up by
// name, and only the others are matched one after the other, by a package that is loaded for them.
import { loadPackage } from '../base/load-package.ts';

export interface IgnorePatterns {
  /** @param path below the folder of the file; of a folder with `/` at its end. */
  test(path: string): { readonly ignored: boolean; readonly unignored: boolean };
}

export function ignorePatterns(text: string): IgnorePatterns {
  const names = new Set<string>();
  const others: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (ONE_PATH.test(line)) names.add(lower(line.slice(1)));
    else others.push(line);
  }
  // A pattern that takes others back counts by its place among them.
  if (names.size < FEW || others.some((line) => line.startsWith('!')))
    return loadPackage('ignore')().add(text);
  const matcher = others.some((line) => line.trim() !== '' && !line.startsWith('#'))
    ? loadPackage('ignore')().add(others.join('\n'))
    : undefined;
  return { test: (path) => (isNamed(path, names) ? IGNORED : (matcher?.test(path) ?? NOT_IGNORED)) };
}

/** So few are matched as fast. */
const FEW = 8;

/** `/name` or `/folder/name`, without characters that a pattern gives a meaning. */
const ONE_PATH = /^\/[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

const IGNORED = { ignored: true, unignored: false };
const NOT_IGNORED = { ignored: false, unignored: false };

/** The path or a folder around it. */
function isNamed(path: string, names: ReadonlySet<string>): boolean {
  const whole = lower(path);
  for (let end = whole.indexOf('/'); end !== -1; end = whole.indexOf('/', end + 1))
    if (names.has(whole.slice(0, end))) return true;
  return names.has(whole);
}

/** As the package compares: without regard to case, which only these letters have in the names above. */
const lower = (path: string): string => path.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
