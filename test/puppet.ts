// Stages that do what the test says, when it says so: the test's end of puppet-child.ts. No test needs to wait for time to
// pass: a puppet tells that it runs, that an order is done, and, by its end of the socket, that it is dead.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { Order } from './puppet-child.ts';
import { startPipe } from './workspace.ts';

export interface Puppet {
  readonly pid: number;
  /** Resolves when the order is done, or when the puppet is dead. */
  tell(order: Order): Promise<void>;
  /** Resolves when the process is gone. */
  readonly dead: Promise<void>;
}

export interface Puppets {
  /** For the environment of `pipe`. */
  readonly env: { readonly PUPPETS: string };
  /** Starts `pipe` so that its stages can be puppets. */
  start(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** The puppet of this name that starts next (or did, and was not asked for yet). Fails where all runs end without it. */
  next(name: string): Promise<Puppet>;
}

const child = join(import.meta.dirname, 'puppet-child.ts');

// Stages do not have the variable (startPipe); without it each puppet would compile its sources.
const compiled = process.env['NODE_COMPILE_CACHE'];
const node = compiled === undefined ? 'node' : `env NODE_COMPILE_CACHE=${compiled} node`;

/** A command for a stage. */
export const puppetCommand = (name: string): string => `${node} ${child} ${name}`;

export async function openPuppets(t: TestContext): Promise<Puppets> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-puppets-'));
  const path = join(folder, 'socket');
  const arrived = new Map<string, Puppet[]>();
  const awaited = new Map<string, PromiseWithResolvers<Puppet>[]>();
  const pids = new Set<number>();

  const server = createServer((socket) => {
    const greeted = (name: string, puppet: Puppet): void => {
      pids.add(puppet.pid);
      void puppet.dead.then(() => pids.delete(puppet.pid));
      const waiting = awaited.get(name)?.shift();
      if (waiting) waiting.resolve(puppet);
      else arrived.set(name, [...(arrived.get(name) ?? []), puppet]);
    };
    attend(socket, greeted);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.close();
    for (const pid of pids) kill(pid);
    rmSync(folder, { recursive: true });
  });

  const env = { PUPPETS: path };
  let running = 0;
  const ended = (output: string): void => {
    if (--running > 0) return;
    for (const [name, waiting] of awaited)
      for (const { reject } of waiting.splice(0))
        reject(new Error(`the run ended without ${name}:\n${output}`));
  };

  return {
    env,
    start(cwd, args, more = {}) {
      const run = startPipe(cwd, args, { ...env, ...more });
      running++;
      let output = '';
      for (const stream of [run.stdout!, run.stderr!])
        stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
      run.on('close', () => ended(output));
      return run;
    },
    next(name) {
      const puppet = arrived.get(name)?.shift();
      if (puppet) return Promise.resolve(puppet);
      const waiting = Promise.withResolvers<Puppet>();
      awaited.set(name, [...(awaited.get(name) ?? []), waiting]);
      return waiting.promise;
    },
  };
}

function attend(socket: Socket, greeted: (name: string, puppet: Puppet) => void): void {
  const { promise: dead, resolve: died } = Promise.withResolvers<void>();
  const open: (() => void)[] = [];
  socket.on('error', () => undefined);
  socket.on('close', () => {
    died();
    for (const done of open.splice(0)) done();
  });
  createInterface({ input: socket }).on('line', (line) => {
    const said = JSON.parse(line) as 'done' | { readonly name: string; readonly pid: number };
    if (said === 'done') return open.shift()?.();
    greeted(said.name, {
      pid: said.pid,
      dead,
      tell: (order) =>
        new Promise((resolve) => {
          if (socket.destroyed) return resolve();
          open.push(resolve);
          socket.write(`${JSON.stringify(order)}\n`);
        }),
    });
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // dead already
  }
}
