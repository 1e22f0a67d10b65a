// A real terminal (tmux, on a server of its own) in which a command runs, is typed at, resized, and looked at.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestContext } from 'node:test';

export interface Terminal {
  /** What is on the screen, without blanks at the ends of lines and without empty lines at its end. */
  screen(): string;
  /** The same with what has scrolled out of it. */
  everything(): string;
  cursorShown(): boolean;
  resize(columns: number, rows: number): void;
  /** Names of keys as tmux knows them: `C-c`, `Enter`. */
  keys(...keys: readonly string[]): void;
  /** Looks again and again until the screen is as wanted; fails with what it shows after a minute. */
  until(wanted: RegExp): Promise<string>;
}

const PATIENCE_MS = 60_000;

/** Installs tmux where it is missing and may be installed. @returns false where there is none. */
export function haveTmux(): boolean {
  const have = (): boolean => spawnSync('tmux', ['-V']).status === 0;
  if (have()) return true;
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', 'install', '-y', '-q', 'tmux'], { stdio: 'ignore' });
  return have();
}

/** Runs a command in a new terminal, which goes away with the test; `[code 0]` follows what the command left. */
export function openTerminal(
  test: TestContext,
  command: readonly string[],
  {
    cwd,
    columns = 80,
    rows = 24,
  }: { readonly cwd: string; readonly columns?: number; readonly rows?: number },
): Terminal {
  const server = `pipe-test-${randomUUID()}`;
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-L', server, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        CI: '',
        NO_COLOR: '',
        FORCE_COLOR: undefined,
        NODE_TEST_CONTEXT: undefined,
        LANG: 'C.UTF-8',
      },
    });
  const size = ['-x', String(columns), '-y', String(rows)];
  // The terminal stays when its command has ended, so that what it left can be looked at.
  const shell = ['sh', '-c', 'trap : INT; "$@"; echo "[code $?]"; cat', 'sh'];
  tmux('new-session', '-d', ...size, '-c', cwd, ...shell, ...command);
  test.after(() => spawnSync('tmux', ['-L', server, 'kill-server']));
  const tidy = (text: string): string =>
    text
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  const terminal: Terminal = {
    screen: () => tidy(tmux('capture-pane', '-p')),
    everything: () => tidy(tmux('capture-pane', '-p', '-S', '-')),
    cursorShown: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    keys: (...keys) => void tmux('send-keys', ...keys),
    async until(wanted) {
      const end = Date.now() + PATIENCE_MS;
      for (;;) {
        const screen = terminal.screen();
        if (wanted.test(screen)) return screen;
        if (Date.now() > end) throw new Error(`never showed ${String(wanted)}, but:\n${screen}`);
        await wait(30);
      }
    },
  };
  return terminal;
}
