// A local MLflow server while a record is sent: on loopback, with the stores that a plain `mlflow ui` in the project's folder shows
// (mlflow.db, mlartifacts). It always ends with the sender, even if that is killed.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE, noteMade, noteMaking } from './mlflow-database.ts';

export interface LocalServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** A server needs up to half a minute on a busy machine; a first start of `uvx` downloads it too. */
const PATIENCE_MS = 300_000;
const POLL_MS = 200;

// The shell is the leader of a process group. Its standard input is a pipe from the sender, which ends with the sender;
// descriptor 3 reports that the server ended by itself.
// Each shell sets the trap for itself: without it the inner one would end at the first signal, and the server be killed before it has
// ended by itself.
const KEEPER = `trap : TERM INT HUP
( trap : TERM INT HUP; "$@" </dev/null; echo "ended with status $?" >&3 ) &
exec 3>&-
cat >/dev/null
kill -TERM 0
tries=0
while kill -0 $! 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL 0`;

/**
 * @param command from `findMlflow`
 * @param log absolute path of a file for the server's output
 * @throws Error with the end of the log when the server does not come up
 */
export async function startServer(
  root: string,
  command: readonly string[],
  log: string,
  signal?: AbortSignal,
): Promise<LocalServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stores = ['--backend-store-uri', `sqlite:///${DATABASE}`, '--artifacts-destination', './mlartifacts'];
  const argv = [
    ...command,
    'server',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--workers',
    '1',
    ...stores,
  ];
  noteMaking(root);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', ...argv], {
    cwd: root,
    env: serverEnvironment(),
    detached: true,
    stdio: ['pipe', output, output, 'pipe'],
  });
  closeSync(output);
  const gone = new Promise<void>((resolve) => keeper.once('exit', () => resolve()));
  const failure: { status?: string } = {};
  keeper.once('error', (error) => (failure.status = error.message));
  keeper.stdio[3]?.on('data', (text: Buffer) => (failure.status = text.toString().trim()));
  const stop = async (): Promise<void> => {
    keeper.stdin?.destroy();
    await gone;
  };
  try {
    await untilHealthy(url, failure, signal);
    noteMade(root);
    return { url, stop };
  } catch (error) {
    if (keeper.pid !== undefined) await stop();
    signal?.throwIfAborted();
    throw new Error(
      `${command.join(' ')} server ${error instanceof Error ? error.message : String(error)}${lastLine(log)}`,
      { cause: error },
    );
  }
}

async function untilHealthy(url: string, failure: { status?: string }, signal?: AbortSignal): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    if (failure.status !== undefined) throw new Error(failure.status);
    if (await isHealthy(url)) return;
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
  throw new Error(`did not come up in ${PATIENCE_MS / 1000} s`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Variables of MLflow's would move the stores elsewhere, or ask for a password. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('MLFLOW_'));
  return { ...Object.fromEntries(rest), MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function lastLine(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const last = lines.findLast((line) => line.trim() !== '');
  return last === undefined ? '' : `: ${last.trim().slice(0, 300)}`;
}
