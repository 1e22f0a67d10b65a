// The tools that are measured beside ours: installed into a folder of the benchmark's own, as far as this machine can.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Kind } from './fan-out.ts';

const repository = dirname(import.meta.dirname);
/** The binary that ours runs on. */
export const node = process.execPath;
export const pipe = `${node} ${join(repository, 'bin/pipe.js')}`;

export interface Peer {
  /** Brings everything up to date, two at a time. */
  readonly run: string;
  /** Done once in a new folder. */
  readonly init?: string;
}

export type Peers = { readonly [kind in Kind]?: Peer };

const succeeds = (command: string, cwd: string): boolean =>
  spawnSync('bash', ['-c', command], { cwd, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;

/** @param home where they are installed, and found again. A Python environment may be given by PIPE_BENCH_VENV. */
export function findPeers(home: string): Peers {
  mkdirSync(home, { recursive: true });
  const venv = process.env['PIPE_BENCH_VENV'] || join(home, 'venv');
  if (!existsSync(venv))
    succeeds(`python3 -m venv ${venv} && ${venv}/bin/pip install -q dvc snakemake doit`, home);
  const packages = join(home, 'packages');
  if (!existsSync(join(packages, 'node_modules'))) {
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{"private": true}');
    succeeds('npm install --silent --no-audit --no-fund turbo wireit', packages);
  }
  const python = (name: string): string | undefined => {
    const path = join(venv, 'bin', name);
    return existsSync(path) ? path : undefined;
  };
  const script = (name: string): string | undefined => {
    const path = join(packages, 'node_modules/.bin', name);
    return existsSync(path) ? path : undefined;
  };
  const [dvc, doit, snakemake, turbo] = [python('dvc'), python('doit'), python('snakemake'), script('turbo')];
  const path = `PATH=${packages}/node_modules/.bin:${dirname(node)}:$PATH`;
  return {
    pipe: { run: `${pipe} repro -q -j2` },
    ...(dvc && { dvc: { run: `${dvc} repro -q`, init: `${dvc} init -q --no-scm` } }),
    ...(succeeds('command -v ninja >/dev/null', home) && { ninja: { run: 'ninja -j2' } }),
    ...(succeeds('command -v n2 >/dev/null', home) && { n2: { run: 'n2 -j2' } }),
    // Without its built-in rules, which it would search for each file.
    ...(succeeds('command -v make >/dev/null', home) && { make: { run: 'make -r -s -j2' } }),
    ...(doit && { doit: { run: `${doit} -n2 -v0` } }),
    ...(snakemake && { snakemake: { run: `${snakemake} -q all -c2` } }),
    ...(script('wireit') && { wireit: { run: `${path} WIREIT_PARALLEL=2 ${node} --run join` } }),
    ...(turbo && {
      turbo: {
        run: `${path} TURBO_TELEMETRY_DISABLED=1 ${turbo} run join --no-daemon --concurrency=2`,
        init: 'git init -q . && git add -A',
      },
    }),
  };
}
