// Runs that the page starts and stops: `pipe repro` as a process of its own, as somebody would type it.
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import type { OverlayFlags } from '../session/load.ts';
import { runningNow } from '../session/run-lock.ts';

/** The end of what a run says about why it could not begin. */
const KEPT = 4000;

export interface PageRuns {
  /** @returns why it was refused. */
  start(targets: readonly string[], force: boolean): string | undefined;
  stop(): string | undefined;
}

/** @param failed gets what a run printed that ended badly. */
export function pageRuns(state: string, flags: OverlayFlags, failed: (text: string) => void): PageRuns {
  return {
    start(targets, force) {
      if (runningNow(state)) return 'A run is going on.';
      const args = [
        'repro',
        '--quiet',
        '--keep-going',
        '--no-wait',
        ...(force ? ['--force', '--single-item'] : []),
        ...(flags.params ?? []).flatMap((file) => ['--params', file]),
        ...(flags.set ?? []).flatMap((pair) => ['-S', pair]),
        ...(flags.lock === undefined ? [] : ['--lock', flags.lock]),
        '--',
        ...targets,
      ];
      // It outlives the server: closing the page's server is no reason to lose a run.
      const child = spawn(process.execPath, [process.argv[1]!, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      });
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (part: string) => (text = (text + part).slice(-KEPT)));
      child.on('close', (code) => {
        if (code !== 0 && text !== '') failed(text);
      });
      child.unref();
      return undefined;
    },
    stop() {
      const owner = runningNow(state);
      if (!owner) return 'No run is going on.';
      if (owner.host !== hostname()) return `The run is on ${owner.host}: stop it there.`;
      process.kill(owner.pid, 'SIGINT');
      return undefined;
    },
  };
}
