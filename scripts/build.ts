// Compiles the engine into dist/: one bundle per lazily imported part, so that a command loads only what it needs.
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
// Built aside: a build that fails leaves the last good one in place.
const aside = join(root, `dist.${process.pid}`);
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', 'file-worker': 'src/hash/file-worker.ts' },
  outdir: aside,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // Dependencies written as CommonJS modules call require() and read __filename.
  banner: {
    js: [
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url), __filename = import.meta.filename;',
    ].join(' '),
  },
});
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(aside, join(root, 'dist'));
