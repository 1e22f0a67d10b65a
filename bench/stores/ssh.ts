// A server of ssh on this machine, by the server of the tests.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { dvcWithSsh } from '../../test/real/dvc/twins.ts';
import { clientWith, hostSection, startSshd } from '../../test/real/remotes/sshd.ts';
import type { Store } from './store.ts';

export async function startSsh(home: string): Promise<Store> {
  const ends: (() => void)[] = [];
  // All that a server of the tests needs of its test.
  const life = { after: (end: () => void) => ends.push(end) } as unknown as TestContext;
  const server = await startSshd(life);
  const { env } = clientWith(life, hostSection('127.0.0.1', server));
  const { port, key } = server;
  const served = join(home, 'served');
  mkdirSync(served, { recursive: true });
  const rclone = `rclone --config /dev/null --sftp-host 127.0.0.1 --sftp-port ${port} --sftp-user root --sftp-key-file ${key}`;
  return {
    name: 'ssh',
    url: `ssh://root@127.0.0.1:${port}${served}`,
    options: { keyfile: key },
    env: { PATH: env['PATH']!, DVC_NO_ANALYTICS: '1' },
    dvc: dvcWithSsh(),
    copiers: {
      'rclone copy': {
        there: (folder) => `${rclone} copy ${folder} :sftp:${served}/rclone`,
        back: (folder) => `${rclone} copy :sftp:${served}/rclone ${folder}`,
      },
      rsync: {
        there: (folder) => `rsync -a ${folder}/ root@127.0.0.1:${served}/rsync/`,
        back: (folder) => `rsync -a root@127.0.0.1:${served}/rsync/ ${folder}/`,
      },
    },
    clear(aside) {
      for (const name of readdirSync(served)) aside(join(served, name));
    },
    stop: () => ends.forEach((end) => end()),
  };
}
