// What a JavaScript or TypeScript source imports: files beside it, and packages. Owns no walking from file to file.
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { loadPackage } from '../../base/load-package.ts';
import type { Imports } from './source-imports.ts';
import { existsSync, readFileSync, realpathSync, statSync } from '../../disk/witnessed-fs.ts';

export const SCRIPT = /\.(?:[mc]?[jt]s|[jt]sx)$/;

/** @param file absolute. Imports that cannot be found are passed over: running the stage tells of them. */
export function scriptImports(file: string, text: string, root: string): Imports {
  const files: string[] = [];
  const packages: string[] = [];
  for (const specifier of specifiersOf(text)) {
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

// The lexer reads TypeScript too, and tells the imports that exist for types only.
function specifiersOf(text: string): string[] {
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
    // A source that cannot be read counts by itself; running the stage tells what is wrong with it.
    return required;
  }
}

const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.tsx', '.jsx', '/index.ts', '/index.js'];

function resolveFile(path: string): string | undefined {
  // `./x.js` may be written for ./x.ts.
  const typed = /\.[mc]?js$/.test(path) ? [path.replace(/js$/, 'ts')] : [];
  return [...ENDINGS.map((ending) => path + ending), ...typed].find(isFile);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const builtins = new Set(builtinModules);

/** `name` or `@scope/name`; undefined for what belongs to Node and for `#…`, `https:…`. */
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

/** The source of a package that lies in the project itself (a workspace), as its `exports` or `main` name it. */
function localEntry(manifest: string, subpath: string, root: string): string | undefined {
  const folder = dirname(realpathSync(manifest));
  if (!folder.startsWith(`${root}/`) || folder.includes('/node_modules/')) return undefined;
  const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    exports?: unknown;
    main?: string;
  };
  const target =
    subpath === ''
      ? (targetOf(exports) ?? targetOf(exports, '.') ?? main ?? './index.js')
      : targetOf(exports, `.${subpath}`);
  return target === undefined ? undefined : resolveFile(join(folder, target));
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
