// The ordinary way: npm installs the package, whose own script downloads TensorFlow and a binding from the storage of its authors.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeBackend } from '../native-install.ts';
import { TFJS } from './packages.ts';
import { runProgram, say } from './step.ts';

/** Milliseconds that the storage may take to answer. */
const PATIENCE = 8_000;

/** Asks the storage for the binding of this package, without fetching it. */
export async function ordinaryDownloadWorks(backend: NativeBackend): Promise<boolean> {
  const storage = process.env['TFJS_NODE_CDN_STORAGE'] || 'https://storage.googleapis.com/';
  const kind = backend === 'tfjs-node' ? 'CPU' : 'GPU';
  const name = `${kind}-${process.platform}-${TFJS}.tar.gz`;
  const address = `${storage}tf-builds/pre-built-binary/napi-v8/${TFJS}/${name}`;
  try {
    const { ok } = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(PATIENCE) });
    return ok;
  } catch {
    return false;
  }
}

export function installOrdinary(folder: string, backend: NativeBackend): void {
  say(`npm installs @tensorflow/${backend} ${TFJS}, which downloads TensorFlow`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const args = ['install', '--no-audit', '--no-fund', `@tensorflow/${backend}@${TFJS}`];
  runProgram('npm', args, 'see what npm says above', folder);
}
