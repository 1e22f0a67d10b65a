// How the engine is compiled: what `npm run build` makes, and a copy into which faults are put (scripts/mutate/).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { builtins } from './builtins.ts';

export interface EngineBundles {
  /** The fast answers share nothing with the rest: one small file each, without imports. */
  readonly fast: BuildOptions;
  readonly worker: BuildOptions;
  /** All commands, and those apart of which a short answer is expected. */
  readonly main: BuildOptions;
}

/** @param outdir absolute folder. @param buildId names the build: 32 hexadecimal digits. */
export function engineBundles(root: string, outdir: string, buildId: string): EngineBundles {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const define = {
    PIPE_BUILD: JSON.stringify(buildId),
    PIPE_VERSION: JSON.stringify(version),
    PIPE_PACKAGES: JSON.stringify('./packages'),
  };
  const common = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    define,
    metafile: true,
    logLevel: 'warning',
  } satisfies BuildOptions;
  const large = {
    ...common,
    // Names stay, for reports of bugs.
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [builtins],
  } satisfies BuildOptions;
  return {
    fast: {
      ...common,
      entryPoints: { fast: 'src/fast/answer.ts', names: 'src/fast/names.ts' },
      minify: true,
      format: 'esm',
    },
    worker: { ...large, entryPoints: { 'file-worker': 'src/hash/file-worker.ts' }, format: 'esm' },
    // Functions that `bin/load-engine.js` calls, since V8 keeps the code of a script, and not that of a module, after it ran.
    // Dependencies written as CommonJS modules require() Node's own ones, and read __filename.
    main: {
      ...large,
      entryPoints: { main: 'src/cli/main.ts', compare: 'src/cli/compare-main.ts' },
      define: { ...define, 'import.meta.url': 'engineUrl' },
      format: 'cjs',
      // The first line names the build for its loader.
      banner: { js: `// ${buildId}\n(function (engineUrl, __filename, require) {` },
      footer: { js: '})' },
    },
  };
}
