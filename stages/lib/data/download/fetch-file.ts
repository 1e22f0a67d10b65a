// Downloads one of MNIST's files from the first mirror that has it: retried with back-off, and verified before it is used.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { StageError } from '../../stage/fail.ts';
import { report, say } from '../../stage/progress.ts';
import type { SourceFile } from './sources.ts';
import { transfer, TransferError, type TransferOptions } from '@pipe-engine/tensorflow/transfer';

/** No file of the data set has as many bytes, packed or unpacked: a mirror that sends more sends something else. */
const LARGEST = 64e6;
/** Tries per mirror. */
const ATTEMPTS = 4;
/** Milliseconds before the second try; doubled before each further one, plus up to as much again at random. */
const FIRST_PAUSE = 250;

/**
 * @param mirrors addresses or paths of folders, tried in order
 * @param scratch folder for partial files, which a later call continues
 * @returns the unzipped idx file, verified
 * @throws StageError that names the mirrors, when none gives the file
 */
export async function fetchFile(
  file: SourceFile,
  mirrors: readonly string[],
  scratch: string,
): Promise<Uint8Array> {
  for (const mirror of mirrors) {
    const bytes = isAddress(mirror)
      ? await tryMirror(file, `${mirror.replace(/\/$/, '')}/${file.archive}`, scratch)
      : tryFolder(file, mirror);
    if (bytes !== null) return bytes;
  }
  throw new StageError(
    [
      `${file.archive} could not be had from any mirror:`,
      ...mirrors.map((mirror) => `  ${mirror}`),
      'Two ways out: set MNIST_MIRROR to a mirror of your own (an address, or a folder that holds the files),',
      'or set the parameter data.source.dataset to digits: synthetic digits that need no network.',
    ].join('\n'),
  );
}

function isAddress(mirror: string): boolean {
  return /^https?:\/\//i.test(mirror) && URL.canParse(mirror);
}

function tryFolder(file: SourceFile, folder: string): Uint8Array | null {
  const path = join(folder.startsWith('file:') ? fileURLToPath(folder) : folder, file.archive);
  const bytes = existsSync(path) ? verify(file, readFileSync(path)) : null;
  if (bytes === null) say(`${path}: ${existsSync(path) ? 'wrong checksum' : 'no such file'}`);
  return bytes;
}

/** Null when the mirror does not give the file; each failure is said in one line. */
async function tryMirror(file: SourceFile, url: string, scratch: string): Promise<Uint8Array | null> {
  // A partial file belongs to one mirror: another may have packed the same file otherwise.
  const key = createHash('sha256').update(url).digest('hex').slice(0, 12);
  const partial = join(scratch, `${file.archive}.${key}.part`);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const failure = await attemptOnce(file, url, partial);
    if (failure instanceof Uint8Array) return failure;
    const last = failure.permanent || attempt === ATTEMPTS;
    const wait = FIRST_PAUSE * 2 ** (attempt - 1) * (1 + Math.random());
    const then = last ? 'this mirror is given up' : `trying again in ${(wait / 1000).toFixed(1)} s`;
    say(`${url}: ${failure.message} (attempt ${attempt} of ${ATTEMPTS}); ${then}`);
    if (last) return null;
    await pause(wait);
  }
  return null;
}

async function attemptOnce(
  file: SourceFile,
  url: string,
  partial: string,
): Promise<Uint8Array | TransferError> {
  try {
    await transfer(url, partial, { largest: LARGEST, onBytes: reportBytes(file.archive) });
  } catch (error) {
    if (error instanceof TransferError) return error;
    throw error;
  }
  const archive = existsSync(partial) ? readFileSync(partial) : Buffer.alloc(0);
  rmSync(partial, { force: true });
  return verify(file, archive) ?? new TransferError('wrong checksum', false);
}

function reportBytes(label: string): TransferOptions['onBytes'] {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;
  return (done, total) => report({ done: megabytes(done), total: megabytes(total), unit: 'MB', note: label });
}

/** The unzipped file; null where the checksum is wrong. */
function verify(file: SourceFile, archive: Uint8Array): Uint8Array | null {
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(archive, { maxOutputLength: LARGEST });
  } catch {
    return null;
  }
  const asPublished = createHash('sha256').update(archive).digest('hex') === file.archiveSha256;
  return asPublished || createHash('md5').update(bytes).digest('hex') === file.md5 ? bytes : null;
}
