// The page's program: the browser's sources and all that they import, as one text.
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { StageError } from '../stage/fail.ts';

/** @returns JavaScript (a module without imports) @throws StageError where it would need a module of Node */
export async function bundleForBrowser(): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(import.meta.dirname, 'browser/main.ts')],
    absWorkingDir: dirname(import.meta.dirname),
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [withoutNode],
  });
  const needed = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  if (needed.length > 0)
    throw new StageError(`the page's program would need ${needed.join(', ')}: its imports reach too far`);
  return outputFiles[0]!.text;
}

/** Shared files of the stages also read and write files; the browser never calls those functions, and the bundle drops them. */
const withoutNode: Plugin = {
  name: 'without-node',
  setup: (building) => {
    building.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};
