// A copy of the repository into which faults are put, and its build: quick, and with the lines of the sources.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { context } from 'esbuild';
import { engineBundles } from '../engine-bundles.ts';

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
  const { fast, worker, main } = engineBundles(root, join(root, 'dist'), 'f'.repeat(32));
  const builds = await Promise.all(
    // The fast answer with the places of its sources, too.
    [{ ...fast, minify: false, sourcemap: 'linked' as const }, worker, main].map((options) =>
      context({ ...options, logLevel: 'silent' }),
    ),
  );
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
