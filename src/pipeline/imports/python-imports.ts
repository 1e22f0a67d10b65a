// What one Python source imports: modules of the project, and packages of a virtual environment in it.
import { existsSync, readdirSync, statSync } from '../../disk/witnessed-fs.ts';
import { dirname, join } from 'node:path';
import type { ScanMemory } from './scan-memory.ts';
import type { Imports } from './source-imports.ts';
import { pythonCode } from '../params/python-lexical.ts';

/**
 * @param file absolute; @param searched folders in which absolute imports are looked for: that of the program, the root.
 * Imports that exist in none of them (the standard library's) are left out.
 */
export function pythonImports(
  file: string,
  text: string,
  searched: readonly string[],
  root: string,
  memory: ScanMemory,
): Imports {
  const files = new Set<string>();
  const packages = new Set<string>();
  const statements = memory.scanned('python', text, pythonStatements);
  for (const { level, module, names } of statements.map(parseStatement)) {
    const folders = level === 0 ? searched : [ancestor(dirname(file), level - 1)];
    const found = folders.map((folder) => modulesAt(folder, module, names)).find((list) => list.length > 0);
    for (const path of found ?? []) files.add(path);
    const installed = found || level > 0 ? undefined : installedPackage(root, module[0] ?? '');
    if (installed !== undefined) packages.add(installed);
  }
  files.delete(file);
  return { files: [...files], packages: [...packages] };
}

interface PythonImport {
  /** Leading dots of `from ..a import b`. */
  readonly level: number;
  readonly module: readonly string[];
  /** What is imported from it; these can be modules too. */
  readonly names: readonly string[];
}

/** `import` is a keyword: outside of strings and comments it is always a statement. */
const importStatements = (): RegExp =>
  /(?<![\p{L}\p{N}_])(?:from[ \t]*([. \t]*)([\p{L}\p{M}\p{N}_.]*)[ \t]*(?<![\p{L}\p{N}_]))?import(?![\p{L}\p{N}_])[ \t]*(\([^)]*\)|[^\n;]*)/gu;

/** Each import as `MODULE NAME,NAME`, with the leading dots of a relative one. */
function pythonStatements(text: string): string[] {
  if (!text.includes('import')) return [];
  const code = pythonCode(text).replace(/\\\r?\n/g, ' ');
  return [...code.matchAll(importStatements())].flatMap(([, dots, from, names]) => {
    const list = names!.replace(/[()]/g, '').split(',').map(moduleName);
    if (dots === undefined) return list.map((module) => `${module.join('.')} `);
    const imported = list.flatMap((name) => name.slice(0, 1));
    return [`${dots.replace(/[ \t]/g, '')}${moduleName(from!).join('.')} ${imported.join(',')}`];
  });
}

function parseStatement(statement: string): PythonImport {
  const [path, names] = statement.split(' ') as [string, string];
  const [dots] = /^\.*/.exec(path)!;
  return {
    level: dots.length,
    module: path.slice(dots.length).split('.').filter(Boolean),
    names: names.split(',').filter(Boolean),
  };
}

/** `a.b as c` → a, b. */
const moduleName = (text: string): string[] =>
  /^[\p{L}\p{M}\p{N}_. \t]*?(?=\s+as\s|\s*$)/u
    .exec(text.trim())?.[0]
    .split('.')
    .map((part) => part.trim().normalize('NFKC'))
    .filter((part) => /^[\p{L}\p{M}\p{N}_]+$/u.test(part)) ?? [];

/** The files that the import of `module`, and of `names` from it, runs; none when the module is not in the folder. */
function modulesAt(folder: string, module: readonly string[], names: readonly string[]): string[] {
  const files: string[] = [];
  let at = folder;
  for (const part of module) {
    at = join(at, part);
    const init = join(at, '__init__.py');
    // A package goes before a module of its name.
    if (isFile(init)) files.push(init);
    else if (isFile(`${at}.py`)) files.push(`${at}.py`);
    else if (!isFolder(at)) return [];
  }
  if (module.length === 0 && isFile(join(folder, '__init__.py'))) files.push(join(folder, '__init__.py'));
  for (const name of names) {
    const found = [join(at, name, '__init__.py'), join(at, `${name}.py`)].find(isFile);
    if (found !== undefined) files.push(found);
  }
  return files;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const ancestor = (folder: string, steps: number): string =>
  steps <= 0 ? folder : ancestor(dirname(folder), steps - 1);

const VENVS = ['.venv', 'venv', 'env'];

/** The metadata file of an installed package, which records the version. */
function installedPackage(root: string, name: string): string | undefined {
  const normalised = (text: string): string => text.toLowerCase().replace(/[-_.]+/g, '_');
  for (const venv of VENVS) {
    const lib = join(root, venv, 'lib');
    if (!existsSync(lib)) continue;
    for (const python of readdirSync(lib).filter((entry) => entry.startsWith('python'))) {
      const site = join(lib, python, 'site-packages');
      if (!existsSync(site)) continue;
      const info = readdirSync(site).find(
        (entry) =>
          /^(.+?)-[^-]+\.dist-info$/.exec(entry)?.[1] !== undefined &&
          normalised(/^(.+?)-/.exec(entry)![1]!) === normalised(name),
      );
      if (info !== undefined) return join(site, info, 'METADATA');
    }
  }
  return undefined;
}
