// Compiles the engine into dist/, with all packages that it uses: few files, because finding many small ones would take longer than
// running them. Then the kernels of the WASM backend. `npm ci` runs it for the workspace stages/: in the engine's own manifest, npm would
// warn of a script to whoever installs its tarball.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { engineBundles } from './engine-bundles.ts';
import { licencesOf } from './third-party.ts';

const root = dirname(import.meta.dirname);
// In a folder aside: a build that fails leaves the last good one in place.
const aside = join(root, `dist.${process.pid}`);
const buildId = digestOfSources();
const bundles = engineBundles(root, aside, buildId);
const fast = await build(bundles.fast);
const packages = await build({
  absWorkingDir: root,
  entryPoints: {
    yaml: 'yaml',
    ignore: 'ignore',
    'smol-toml': 'smol-toml',
    'toml-eslint-parser': 'toml-eslint-parser',
    'es-module-lexer-js': 'es-module-lexer/js',
    'py-ast': 'py-ast',
    'unicode-name': 'unicode-name',
    undici: 'undici',
  },
  outdir: join(aside, 'packages'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  metafile: true,
  logLevel: 'warning',
});
const worker = await build(bundles.worker);
const main = await build(bundles.main);
// The loader reads them as Latin-1, which takes half of the time and memory.
for (const name of ['main.js', 'compare.js'])
  if (/[\u0080-\uffff]/.test(readFileSync(join(aside, name), 'latin1')))
    throw new Error(`dist/${name} is not ASCII: spell what a pattern contains as \\u escapes`);
// The page of plots, with Vega: compressed, for it is larger than all the rest, and few commands draw.
const plots = await build({
  absWorkingDir: root,
  entryPoints: ['src/plots/page/main.ts'],
  outfile: join(aside, 'packages/plots.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'pipePlots',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});
// The page of `pipe ui`, script and style.
const page = await build({
  absWorkingDir: root,
  entryPoints: { ui: 'src/ui/page/main.tsx', style: 'src/ui/page/style.css' },
  outdir: join(aside, 'packages'),
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});
for (const { path, contents } of [...plots.outputFiles, ...page.outputFiles])
  // The highest quality takes 2 s, and 8 % less room.
  writeFileSync(`${path.replace(/style\.css$/, 'ui.css')}.br`, compressed(contents));
// The names of all characters are as large as all the rest, and only Python files with `\N{…}` need them.
const names = join(aside, 'packages/unicode-name.cjs');
writeFileSync(`${names}.br`, compressed(readFileSync(names)));
rmSync(names);
const metafiles = [fast, packages, worker, main, plots, page].flatMap(({ metafile }) => metafile ?? []);
writeFileSync(join(aside, 'THIRD-PARTY-LICENSES.txt'), licencesOf(metafiles, root));
await kernels();
// The old build is moved away first, so that dist/ is never half of a build.
const old = `${aside}.old`;
if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
renameSync(aside, join(root, 'dist'));
rmSync(old, { recursive: true, force: true });
writeHelp();

/** For the fast answer. */
function writeHelp(): void {
  const env = { PATH: process.env['PATH'], PIPE_NO_FAST_ANSWER: '1' };
  const help = execFileSync(process.execPath, [join(root, 'bin/pipe.js'), '--help'], { env });
  writeFileSync(join(root, 'dist/help.txt'), help);
}

function compressed(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
}

/** Skipped where their compiler, a development dependency, is not installed. */
async function kernels(): Promise<void> {
  try {
    const { compileKernels } = await import('../packages/tensorflow/compile-kernels.ts');
    await compileKernels();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.warn(
      'the kernels of the wasm backend are not compiled: their compiler, assemblyscript, is not installed',
    );
  }
}

/** Identifies the build: records of one build are not valid for another. */
function digestOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync('src/**/*.{ts,tsx,css}', { cwd: root }).sort();
  for (const file of [
    'package-lock.json',
    'package.json',
    'scripts/build.ts',
    'scripts/engine-bundles.ts',
    ...files,
  ])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 32);
}
