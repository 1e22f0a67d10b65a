// A copy of the repository into which faults are put, and its build: quick, and with the lines of the sources.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { context, type BuildContext } from 'esbuild';
import { builtins } from '../builtins.ts';

export interface Scratch {
  readonly root: string;
  /** @returns false for a source that does not compile. */
  readonly build: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** @param repository with a build of its own in dist/. */
export async function openScratch(repository: string): Promise<Scratch> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-mutate-')));
  const listed = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  });
  for (const file of listed.stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(repository, file), join(root, file), { verbatimSymlinks: true });
  }
  cpSync(join(repository, 'dist'), join(root, 'dist'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const builds = await Promise.all([
    engine(root, { main: 'src/cli/main.ts', 'file-worker': 'src/hash/file-worker.ts' }),
    engine(root, { fast: 'src/fast/answer.ts', names: 'src/fast/names.ts' }),
  ]);
  return {
    root,
    async build() {
      const built = await Promise.allSettled(builds.map((each) => each.rebuild()));
      return built.every(({ status }) => status === 'fulfilled');
    },
    async close() {
      await Promise.all(builds.map((each) => each.dispose()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function engine(root: string, entryPoints: Record<string, string>): Promise<BuildContext> {
  return context({
    absWorkingDir: root,
    entryPoints,
    outdir: join(root, 'dist'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    define: { PIPE_BUILD: JSON.stringify('0'.repeat(32)), PIPE_PACKAGES: JSON.stringify('./packages') },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: 'main' in entryPoints ? [builtins] : [],
    banner:
      'main' in entryPoints
        ? { js: 'const require = process.getBuiltinModule, __filename = import.meta.filename;' }
        : {},
  });
}
