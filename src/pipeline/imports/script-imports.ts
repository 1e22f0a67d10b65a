// What one JavaScript or TypeScript source imports: files beside it, and packages.
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { exports as exportsIn, imports as importsIn, type Options, type Package } from 'resolve.exports';
import { loadPackage } from '../../base/load-package.ts';
import type { ScanMemory } from './scan-memory.ts';
import type { Imports } from './source-imports.ts';
import { existsSync, readFileSync, realpathSync, statSync } from '../../disk/witnessed-fs.ts';

export const SCRIPT = /\.(?:[mc]?[jt]s|[jt]sx)$/;

interface Manifest {
  readonly file: string;
  readonly content: Package;
}

/** @param file absolute. Imports that do not exist are left out: the stage fails with them. */
export function scriptImports(file: string, text: string, root: string, memory: ScanMemory): Imports {
  const folder = dirname(file);
  const specifiers = memory.scanned('script', text, scriptSpecifiers);
  const own = specifiers.every(needsNoManifest) ? undefined : manifestAbove(folder);
  const packages: string[] = [];
  const files = specifiers
    .flatMap((specifier) => (specifier.startsWith('#') ? meantBy(specifier, own) : [specifier]))
    .flatMap((specifier) => {
      if (isPath(specifier)) return resolveFile(resolve(folder, specifier)) ?? [];
      const name = packageName(specifier);
      if (name === undefined) return [];
      const subpath = `.${specifier.slice(name.length)}`;
      // A package imports itself by its name where it has `exports`.
      if (own?.content.name === name && own.content.exports) return entriesOf(own, subpath);
      const manifest = findAbove(folder, join('node_modules', name, 'package.json'));
      if (manifest === undefined) return [];
      packages.push(manifest);
      return isLocal(manifest, root) ? entriesOf(readManifest(manifest), subpath) : [];
    });
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

const isPath = (specifier: string): boolean => /^\.{0,2}\//.test(specifier);

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

const needsNoManifest = (specifier: string): boolean =>
  isPath(specifier) || (!specifier.startsWith('#') && packageName(specifier) === undefined);

/** In the folder, or in the nearest one above it. */
function findAbove(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

function manifestAbove(folder: string): Manifest | undefined {
  const file = findAbove(folder, 'package.json');
  return file === undefined ? undefined : readManifest(file);
}

/** A manifest that is not JSON names nothing: the stage reads its version, which reports what is wrong. */
function readManifest(file: string): Manifest {
  const value = parseJson(readFileSync(file, 'utf8'));
  const isObject = typeof value === 'object' && value !== null;
  return { file, content: isObject ? (value as Package) : { name: '' } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** It is a package of the project itself (a workspace), of which the sources count. */
function isLocal(manifest: string, root: string): boolean {
  const folder = dirname(realpathSync(manifest));
  return folder.startsWith(`${root}/`) && !folder.includes('/node_modules/');
}

/** What `#…` means by the package's `imports`: its own files, absolute, or another package. */
function meantBy(specifier: string, own: Manifest | undefined): readonly string[] {
  if (own === undefined) return [];
  return targets((options) => importsIn(own.content, specifier, options)).map((target) =>
    target.startsWith('./') ? resolve(dirname(own.file), target) : target,
  );
}

/** The sources that a package's `exports` or `main` name. */
function entriesOf({ file, content }: Manifest, subpath: string): readonly string[] {
  const { exports, main } = content;
  const plain = subpath !== '.' ? subpath : typeof main === 'string' ? main : './index.js';
  const named = exports ? targets((options) => exportsIn(content, subpath, options)) : [plain];
  return named.flatMap((target) => resolveFile(join(dirname(realpathSync(file)), target)) ?? []);
}

/** By `import` and by `require`, of which a source alone does not say which applies. What a manifest does not name, the stage fails with. */
function targets(find: (options: Options) => readonly string[] | void): readonly string[] {
  const found = [false, true].flatMap((require) => {
    try {
      return find({ require, conditions: ['module-sync', 'node-addons'] }) ?? [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}
