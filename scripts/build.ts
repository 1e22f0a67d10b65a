// Compiles the engine into dist/: one file, of which a command runs only the parts that it imports; many small files would
// take longer to find than to run. And the kernels
// of the stages' WASM backend, beside their sources.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { builtins } from './builtins.ts';

const root = dirname(import.meta.dirname);
// Built aside: a build that fails leaves the last good one in place.
const aside = join(root, `dist.${process.pid}`);
const define = {
  PIPE_BUILD: JSON.stringify(digestOfSources()),
  PIPE_PACKAGES: JSON.stringify('./packages'),
};
// The fast answer shares nothing with the rest: one small file, without imports.
await build({
  absWorkingDir: root,
  entryPoints: { fast: 'src/fast/answer.ts' },
  outdir: aside,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  define,
  logLevel: 'warning',
});
await build({
  absWorkingDir: root,
  entryPoints: {
    yaml: 'yaml',
    ignore: 'ignore',
    'smol-toml': 'smol-toml',
    'es-module-lexer-js': 'es-module-lexer/js',
    'py-ast': 'py-ast',
    'unicode-name': 'unicode-name',
  },
  outdir: join(aside, 'packages'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  logLevel: 'warning',
});
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', 'file-worker': 'src/hash/file-worker.ts' },
  outdir: aside,
  bundle: true,
  define,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [builtins],
  // Dependencies written as CommonJS modules require() Node's own ones, and read __filename.
  banner: { js: 'const require = process.getBuiltinModule, __filename = import.meta.filename;' },
});
await kernels();
// Moved away first: between the two there is no moment at which half of a build is there.
const old = `${aside}.old`;
if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
renameSync(aside, join(root, 'dist'));
rmSync(old, { recursive: true, force: true });

/** The stages' kernels too, where their compiler is: a development dependency. */
async function kernels(): Promise<void> {
  try {
    const { compileKernels } = await import('./compile-kernels.ts');
    await compileKernels();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.warn(
      'the kernels of the wasm backend are not compiled: their compiler, assemblyscript, is not installed',
    );
  }
}

/** What one build found must not be taken for true by another. */
function digestOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync('src/**/*.ts', { cwd: root }).sort();
  for (const file of ['package-lock.json', 'package.json', 'scripts/build.ts', ...files])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 32);
}
