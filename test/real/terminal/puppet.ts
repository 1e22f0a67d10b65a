// Both ends of a puppet in a terminal: the test sends events and looks at what they make on the screen.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunEvent } from '../../../src/run/run.ts';
import { openTerminal, type Terminal } from './tmux.ts';

export interface Puppet {
  readonly terminal: Terminal;
  readonly send: (...events: readonly RunEvent[]) => void;
  /** The run is over: the puppet leaves the terminal as it is and ends. */
  readonly end: () => void;
}

export async function startPuppet(test: TestContext, columns: number, rows: number): Promise<Puppet> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-terminal-'));
  const path = join(folder, 'events');
  const server = createServer().listen(path);
  await once(server, 'listening');
  test.after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const command = [process.execPath, join(import.meta.dirname, 'replay.ts'), path];
  const terminal = openTerminal(test, command, { cwd: folder, columns, rows });
  const [socket] = (await once(server, 'connection')) as [Socket];
  return {
    terminal,
    send: (...events) => void socket.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    end: () => void socket.end(),
  };
}
