// A real MLflow server for a test, on a port that stays the same when it is killed and started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../ports.ts';
import { mlflowPrograms } from './venv.ts';

export interface TestServer {
  readonly url: string;
  /** `SIGKILL` takes it down as a power cut would. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
}

/** A server that asks who one is: users and passwords, below a path prefix. */
export interface Guarded {
  /** Of its user `admin`. */
  readonly password: string;
  /** `/team` */
  readonly prefix: string;
}

/** @param root folder of its stores. */
export async function startTestServer(root: string, workers = 1, guarded?: Guarded): Promise<TestServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}${guarded?.prefix ?? ''}`;
  const more = guarded ? ['--app-name', 'basic-auth', '--static-prefix', guarded.prefix] : [];
  const users = guarded && {
    MLFLOW_AUTH_ADMIN_PASSWORD: guarded.password,
    MLFLOW_FLASK_SERVER_SECRET_KEY: 'test',
  };
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = openSync(join(root, 'server.log'), 'a');
    const args = ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', String(workers)];
    child = spawn(
      join(mlflowPrograms(), 'mlflow'),
      [
        ...args,
        ...more,
        '--backend-store-uri',
        'sqlite:///mlflow.db',
        '--artifacts-destination',
        './mlartifacts',
      ],
      {
        cwd: root,
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', ...users },
      },
    );
    closeSync(log);
    while (!(await answers(`${url}/health`))) {
      if (child.exitCode !== null) throw new Error(`the server ended; see ${root}/server.log`);
      await sleep(100);
    }
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // The whole group: the program that listens is a child of the one that was started.
    process.kill(-child.pid!, signal);
    await gone;
    while (await answers(`${url}/health`)) await sleep(50);
  };
  await start();
  return { url, start, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
