// Builds the publishable form of a package in its dist/: JavaScript with declarations, and a package.json that names them. Inside of
// this repository the sources are used as they are.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly exports: { readonly [subpath: string]: string };
  readonly bin?: { readonly [name: string]: string };
  readonly sideEffects?: boolean | readonly string[];
  readonly [key: string]: unknown;
}

const root = dirname(import.meta.dirname);

/** @param assets further files of the package's src/, copied to the same place in dist/ */
export function buildPackage(folder: string, assets: readonly string[] = []): void {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status } = spawnSync(tsc, ['-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the types of ${folder} are wrong`);
  const manifest = published(readManifest(folder));
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  copyFileSync(join(folder, 'README.md'), join(dist, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
  for (const asset of assets) {
    mkdirSync(dirname(join(dist, asset)), { recursive: true });
    copyFileSync(join(folder, 'src', asset), join(dist, asset));
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function published(source: Manifest): object {
  const { private: _private, scripts: _scripts, devDependencies: _development, ...rest } = source;
  const { exports, bin, sideEffects } = rest;
  const targets = Object.entries(exports).map(([subpath, path]) => {
    const base = built(path).replace(/\.js$/, '');
    return [subpath, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  return {
    ...rest,
    engines: { node: '>=22.22' },
    exports: { ...Object.fromEntries(targets), './package.json': './package.json' },
    ...(bin && { bin: Object.fromEntries(Object.entries(bin).map(([name, path]) => [name, built(path)])) }),
    ...(Array.isArray(sideEffects) && { sideEffects: sideEffects.map(built) }),
  };
}

/** `./src/a.ts` → `./a.js` */
function built(path: string): string {
  return path.replace(/^(\.\/)?src\//, '$1').replace(/\.ts$/, '.js');
}
