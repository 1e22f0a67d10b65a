// Makes the package that can be published, in dist/: JavaScript with declarations, and a package.json that names them.
// Inside of this repository the sources are used as they are.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const dist = join(folder, 'dist');
rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
const source = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
const { private: _private, scripts: _scripts, exports, ...rest } = source;
const built = Object.entries(exports as Record<string, string>).map(([name, path]) => {
  const base = path.replace('./src/', './').replace(/\.ts$/, '');
  return [name, { types: `${base}.d.ts`, default: `${base}.js` }];
});
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ ...rest, exports: Object.fromEntries(built) }, undefined, 2)}\n`,
);
copyFileSync(join(folder, 'README.md'), join(dist, 'README.md'));
