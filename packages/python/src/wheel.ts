// The wheel of the engine: the files of the npm package, a script that starts them, a package for Python.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archiveOf, type WheelFile } from './archive.ts';
import { metadataOf, pythonVersion, WHEEL, type Manifest } from './metadata.ts';

export interface Wheel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LICENCES = ['LICENSE', 'dist/THIRD-PARTY-LICENSES.txt'];

/** @param root the repository, with a build */
export function makeWheel(root: string): Wheel {
  const here = join(root, 'packages/python');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const version = pythonVersion(manifest.version);
  const name = `pipe_engine-${version}`;
  const info = `${name}.dist-info`;
  const file = (path: string, from: string): WheelFile => ({ path, bytes: readFileSync(from) });
  const text = (path: string, content: string): WheelFile => ({ path, bytes: Buffer.from(content) });

  const script = readFileSync(join(here, 'src/pipe.sh'), 'utf8').replace('VERSION', version);
  const readme = readFileSync(join(here, 'README.md'), 'utf8');
  const licences = LICENCES.map((path) => basename(path));
  const files: readonly WheelFile[] = [
    ...engineFiles(root).map((path) => file(`pipe_engine/_engine/${path}`, join(root, path))),
    ...pythonFiles(here).map((path) => file(path, join(here, 'src', path))),
    { ...text(`${name}.data/scripts/pipe`, script), executable: true },
    ...LICENCES.map((path) => file(`${info}/licenses/${basename(path)}`, join(root, path))),
    text(`${info}/METADATA`, metadataOf(manifest, readme, licences)),
    text(`${info}/WHEEL`, WHEEL),
  ];
  return { name: `${name}-py3-none-any.whl`, bytes: archiveOf(files, info) };
}

/** What `npm pack` packs, but for the texts that the metadata has. */
function engineFiles(root: string): string[] {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}\n${stderr}`);
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { readonly path: string }[] }];
  return files.map(({ path }) => path).filter((path) => path !== 'README.md' && !LICENCES.includes(path));
}

const pythonFiles = (here: string): string[] =>
  globSync('pipe_engine/{*.py,py.typed}', { cwd: join(here, 'src') });
