// Sends contents of the cache to a remote: the files of a directory before its manifest, so that whoever finds a manifest
// there finds all that it names. Every object is hashed before it leaves; a damaged one is set aside.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { errno, PipeError } from '../../base/problem.ts';
import { limited, TooLong } from './body.ts';
import { inParallel } from './in-parallel.ts';
import {
  failedContents,
  uniqueContents,
  type Failure,
  type Transferred,
  type TransferOptions,
} from './transfer.ts';
import { readDirectory, type File } from './open-vaults.ts';
import type { Vault } from './vault.ts';

export interface PushOptions extends TransferOptions {
  /** Send everything, even if the remote seems to have it. */
  readonly force: boolean;
  /** Send nothing, only count. */
  readonly dry: boolean;
}

interface Sent extends File {
  readonly vault: Vault;
}

const DAMAGED = 'the object of the cache was damaged, and is set aside';

/**
 * @param contents to be whole on the remote afterwards; what is not in the cache has to be there already.
 * @throws PipeError where the remote cannot be reached, refuses or fails; what was sent until then is whole there.
 */
export async function pushObjects(contents: readonly Content[], options: PushOptions): Promise<Transferred> {
  const { remote, layout, vaultOf, jobs, force, dry } = options;
  const failures = new Map<string, Failure>();
  const files = new Map<string, Sent>();
  const directories = new Map<string, { readonly manifest: Sent; readonly files: readonly File[] }>();
  const done = { objects: 0, bytes: 0, present: 0 };
  const total = (): number => files.size + directories.size;
  /** Bytes of objects that are not there as a whole yet. */
  let leaving = 0;
  const report = (): void =>
    options.onProgress?.({
      objects: { done: done.objects + done.present, total: total() },
      bytes: done.bytes + leaving,
    });

  for (const content of uniqueContents(contents)) {
    const { digest } = content;
    const vault = vaultOf(content);
    const key = vault.key(digest);
    if (!isDirectory(digest)) {
      files.set(key, { vault, digest, size: layout.exactSizes ? content.size : undefined });
      continue;
    }
    const inside = await filesHere(vault, digest);
    if ('kind' in inside) failures.set(key, inside);
    else {
      directories.set(key, { manifest: { vault, digest, size: undefined }, files: inside });
      for (const file of inside) files.set(vault.key(file.digest), { vault, ...file });
    }
  }
  await sendAll(files);
  const whole = [...directories].flatMap(([key, { manifest, files }]): [string, Sent][] => {
    const failure = files.map(({ digest }) => failures.get(manifest.vault.key(digest))).find(Boolean);
    if (failure) failures.set(key, failure);
    return failure ? [] : [[key, manifest]];
  });
  await sendAll(new Map(whole));
  return { ...done, failed: failedContents(contents, vaultOf, failures) };

  /** The files of a directory whose manifest is here; none where only the remote has it. */
  async function filesHere(vault: Vault, digest: Digest): Promise<readonly File[] | Failure> {
    const path = vault.find(digest);
    if (path === undefined)
      return (await remote.size(vault.key(digest))) === undefined ? { kind: 'missing', digest } : [];
    if ((await vault.digestOf(path, digest)) !== digest) {
      vault.setAside(digest);
      return { kind: 'corrupt', digest, why: DAMAGED };
    }
    try {
      return readDirectory(readFileSync(path, 'utf8'), layout.content).files;
    } catch (error) {
      if (error instanceof PipeError) return { kind: 'corrupt', digest, why: error.message };
      throw error;
    }
  }

  async function sendAll(objects: ReadonlyMap<string, Sent>): Promise<void> {
    try {
      await inParallel([...objects], jobs, async ([key, object]) => {
        const failure = await send(key, object).catch((error: unknown) => goneOf(error, object));
        if (failure) failures.set(key, failure);
        report();
      });
    } finally {
      await remote.settle();
    }
  }

  /** Garbage collection may go on beside us. */
  function goneOf(error: unknown, { vault, digest, size }: Sent): Failure {
    if (errno(error) !== 'ENOENT' || vault.find(digest, size) !== undefined) throw error;
    return { kind: 'missing', digest };
  }

  async function send(key: string, { vault, digest, size }: Sent): Promise<Failure | undefined> {
    const path = vault.find(digest, size);
    const own = path === undefined ? undefined : statSync(path).size;
    const there = force && own !== undefined ? undefined : await remote.size(key);
    if (path === undefined || own === undefined) {
      if (there === undefined) return { kind: 'missing', digest };
      done.present += 1;
      return;
    }
    if (there === own || there === 'unknown') {
      done.present += 1;
      return;
    }
    if (!dry) {
      const failure = await write(key, { vault, digest, size: own }, path, force || there !== undefined);
      if (failure) return failure;
    }
    done.objects += 1;
    done.bytes += own;
  }

  /** @param replace also where the size shows that what is there is damaged, as with force. */
  async function write(
    key: string,
    { vault, digest, size }: Sent & { readonly size: number },
    path: string,
    replace: boolean,
  ): Promise<Failure | undefined> {
    if ((await vault.digestOf(path, digest)) !== digest) {
      vault.setAside(digest);
      return { kind: 'corrupt', digest, why: DAMAGED };
    }
    let own = 0;
    // What is sent a second time is no progress.
    const onSent = (bytes: number): void => {
      const more = Math.min(bytes, size - own);
      own += more;
      leaving += more;
      report();
    };
    const source = { path, size, onSent };
    try {
      const written = await remote.write(key, source, replace);
      // Somebody else was faster; that they wrote the same is seen, not believed.
      if (written === 'exists' && !(await isThere(key, digest, size))) await remote.write(key, source, true);
    } finally {
      leaving -= own;
    }
  }

  async function isThere(key: string, digest: Digest, size: number): Promise<boolean> {
    try {
      const found = await remote.read(key, async (body) => {
        const hash = createHash(layout.content.algorithm);
        for await (const chunk of limited(body, size)) hash.update(chunk);
        return hash.digest('hex');
      });
      return found === digest.replace(/\.dir$/, '');
    } catch (error) {
      if (error instanceof TooLong) return false;
      throw error;
    }
  }
}
