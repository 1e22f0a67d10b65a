// A server of S3 on this machine, over a folder.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dvcWithS3 } from '../../test/real/dvc/twins.ts';
import { freePort } from '../../test/real/ports.ts';
import { KEYS, versitygw } from '../../test/real/remotes/s3-servers.ts';
import type { Store } from './store.ts';

export async function startS3(home: string): Promise<Store> {
  const served = join(home, 'served');
  const bucket = join(served, 'bucket');
  mkdirSync(bucket, { recursive: true });
  writeFileSync(join(home, 'empty'), '');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const keys = { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY };
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', served];
  const server = spawn(versitygw(), args, { env: { ...process.env, ...keys }, stdio: 'ignore' });
  const rclone = `env -u AWS_CA_BUNDLE rclone --config /dev/null --s3-provider Other --s3-env-auth --s3-endpoint ${endpoint}`;
  const aws = `aws --endpoint-url ${endpoint} s3 cp --recursive --quiet`;
  await answers(endpoint);
  return {
    name: 'S3',
    url: 's3://bucket',
    options: { endpointurl: endpoint },
    env: { ...KEYS, AWS_CONFIG_FILE: join(home, 'empty'), DVC_NO_ANALYTICS: '1' },
    dvc: dvcWithS3(),
    copiers: {
      'rclone copy': {
        there: (folder) => `${rclone} copy ${folder} :s3:bucket/rclone`,
        back: (folder) => `${rclone} copy :s3:bucket/rclone ${folder}`,
      },
      'aws s3 cp': {
        there: (folder) => `${aws} ${folder} s3://bucket/aws`,
        back: (folder) => `${aws} s3://bucket/aws ${folder}`,
      },
    },
    clear(aside) {
      for (const name of readdirSync(bucket)) aside(join(bucket, name));
    },
    stop: () => void server.kill('SIGKILL'),
  };
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
