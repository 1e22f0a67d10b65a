// A WebDAV server: wsgidav from PyPI, with a user and a password.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspace } from '../../workspace.ts';
import { freePort } from '../ports.ts';
import { venv } from '../python.ts';

const PACKAGES = ['wsgidav==4.4.0', 'cheroot==11.1.2'];

/** @returns the URL of a server over an absolute folder. */
export async function serveWebdav(t: TestContext, folder: string): Promise<string> {
  const programs = venv('webdav', PACKAGES);
  const port = await freePort();
  const config = {
    host: '127.0.0.1',
    port,
    provider_mapping: { '/': folder },
    http_authenticator: { domain_controller: null, accept_basic: true, accept_digest: false },
    simple_dc: { user_mapping: { '*': { ada: { password: 'secret' } } } },
    logging: { enable: true },
  };
  const file = makeWorkspace(t, { 'wsgidav.json': JSON.stringify(config) }).path('wsgidav.json');
  const server = spawn(join(programs, 'wsgidav'), ['--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('Serving on')) resolve();
      });
    server.on('close', () => reject(new Error(output)));
  });
  return `http://127.0.0.1:${port}/`;
}
