// What one JavaScript or TypeScript source imports: files beside it, and packages.
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { loadPackage } from '../../base/load-package.ts';
import type { ScanMemory } from './scan-memory.ts';
import type { Imports } from './source-imports.ts';
import { existsSync, readFileSync, realpathSync, statSync } from '../../disk/witnessed-fs.ts';

export const SCRIPT = /\.(?:[mc]?[jt]s|[jt]sx)$/;

/** @param file absolute. Imports that do not exist are left out: the stage fails with them. */
export function scriptImports(file: string, text: string, root: string, memory: ScanMemory): Imports {
  const files: string[] = [];
  const packages: string[] = [];
  for (const specifier of memory.scanned('script', text, scriptSpecifiers)) {
    if (/^\.{0,2}\//.test(specifier)) {
      const found = resolveFile(resolve(dirname(file), specifier));
      if (found !== undefined) files.push(found);
      continue;
    }
    const name = packageName(specifier);
    if (name === undefined) continue;
    const manifest = findManifest(dirname(file), name);
    if (manifest === undefined) continue;
    packages.push(manifest);
    const entry = localEntry(manifest, specifier.slice(name.length), root);
    if (entry !== undefined) files.push(entry);
  }
  return { files, packages };
}

// The lexer reads TypeScript too, and marks imports of types.
function scriptSpecifiers(text: string): string[] {
  const required = [...text.matchAll(/\brequire\(\s*(["'])([^"'\n]+)\1\s*\)/g)].map((match) => match[2]!);
  try {
    const imported = loadPackage('es-module-lexer/js')
      .parse(text)[0]
      .flatMap((record) => {
        const typeOnly =
          ('typeOnly' in record && record.typeOnly) ||
          ('probablyTypeOnly' in record && record.probablyTypeOnly);
        return typeof record.specifier === 'string' && !typeOnly ? [record.specifier] : [];
      });
    return [...imported, ...required];
  } catch {
    // A source with a syntax error is a dependency by itself; the stage fails with it.
    return required;
  }
}

const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.tsx', '.jsx', '/index.ts', '/index.js'];

function resolveFile(path: string): string | undefined {
  // `./x.js` can mean ./x.ts.
  const typed = /\.[mc]?js$/.test(path) ? [path.replace(/js$/, 'ts')] : [];
  return [...ENDINGS.map((ending) => path + ending), ...typed].find(isFile);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const builtins = new Set(builtinModules);

/** `name` or `@scope/name`; undefined for modules of Node and for `#…`, `https:…`. */
function packageName(specifier: string): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/:#@]+/.exec(specifier)?.[0];
  return name === undefined || specifier.includes(':') || builtins.has(name) ? undefined : name;
}

function findManifest(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(manifest)) return manifest;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The source of a package of the project itself (a workspace), as its `exports` or `main` name it. */
function localEntry(manifest: string, subpath: string, root: string): string | undefined {
  const folder = dirname(realpathSync(manifest));
  if (!folder.startsWith(`${root}/`) || folder.includes('/node_modules/')) return undefined;
  const { exports, main } = readManifest(manifest);
  const target =
    subpath === ''
      ? (targetOf(exports) ?? targetOf(exports, '.') ?? main ?? './index.js')
      : exports === undefined
        ? `.${subpath}`
        : targetOf(exports, `.${subpath}`);
  return target === undefined ? undefined : resolveFile(join(folder, target));
}

/** A manifest that is not JSON names nothing: the stage reads its version, which reports what is wrong. */
function readManifest(file: string): { readonly exports?: unknown; readonly main?: string } {
  const value = parseJson(readFileSync(file, 'utf8'));
  if (typeof value !== 'object' || value === null) return {};
  const { exports, main } = value as { exports?: unknown; main?: unknown };
  return { exports, ...(typeof main === 'string' && { main }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function targetOf(exports: unknown, key?: string): string | undefined {
  if (typeof exports === 'string') return key === undefined ? exports : undefined;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const map = exports as { readonly [key: string]: unknown };
  if (key !== undefined) return targetOf(map[key]);
  for (const condition of ['node', 'import', 'default', 'require']) {
    const target = targetOf(map[condition]);
    if (target !== undefined) return target;
  }
  return undefined;
}
