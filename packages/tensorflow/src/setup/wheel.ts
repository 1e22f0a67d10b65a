// A wheel from the index that pip is configured for: its address and checksum, and its download, which resumes.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { transfer, TransferError } from './transfer.ts';
import { outputOf, say, SetupError } from './step.ts';

export interface Wheel {
  readonly url: string;
  readonly sha256: string;
}

export interface FoundWheel extends Wheel {
  /** What it requires, as Python packages say it. */
  readonly requires: readonly string[];
}

interface Report {
  readonly install: readonly {
    readonly download_info: {
      readonly url: string;
      readonly archive_info?: { readonly hashes?: { readonly sha256?: string } };
    };
    readonly metadata: { readonly requires_dist?: readonly string[] };
  }[];
}

/** @param selection pip's flags that choose the build @throws SetupError */
export function findWheel(requirement: string, selection: readonly string[]): FoundWheel {
  const what = ['--dry-run', '--quiet', '--ignore-installed', '--no-deps', '--report', '-'];
  // A target is asked for wherever the build is another than that of the Python at hand; nothing is written there.
  const text = outputOf('python3', [
    '-m',
    'pip',
    'install',
    ...what,
    '--target',
    'unused',
    ...selection,
    requirement,
  ]);
  if (text === undefined)
    throw new SetupError(
      `pip does not find ${requirement}\n  it takes pip 23 or newer (pip --version) and an index (pip config list)`,
    );
  const { install } = JSON.parse(text) as Report;
  const [found] = install;
  const sha256 = found?.download_info.archive_info?.hashes?.sha256;
  if (found === undefined || sha256 === undefined)
    throw new SetupError(`pip's index gives no checksum for ${requirement}`);
  return { url: found.download_info.url, sha256, requires: found.metadata.requires_dist ?? [] };
}

/** Tries in one call; each goes on where the last one ended. */
const ATTEMPTS = 5;
/** No wheel is larger. */
const LARGEST = 2e9;

/** @returns the file, verified @throws SetupError */
export async function fetchWheel({ url, sha256 }: Wheel, folder: string): Promise<string> {
  const path = join(folder, basename(new URL(url).pathname));
  const partial = `${path}.part`;
  if (existsSync(path) && (await digest(path)) === sha256) return path;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await transfer(url, partial, { largest: LARGEST, onBytes: showBytes(basename(path)) });
      break;
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (error.permanent || attempt === ATTEMPTS)
        throw new SetupError(`${url}: ${error.message}\n  run this again: it goes on where it stopped`);
      say(`${error.message}; going on`);
    }
  }
  const found = await digest(partial);
  if (found !== sha256) {
    rmSync(partial);
    throw new SetupError(`${basename(path)}: sha256 ${found}; the index says ${sha256}\n  run this again`);
  }
  say('sha256 as the index says');
  renameSync(partial, path);
  return path;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Every tenth on a line of its own; on a terminal one line that grows. */
function showBytes(name: string): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const tenth = Math.floor((10 * done) / total);
    const text = `${name}: ${(done / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`;
    if (process.stdout.isTTY) process.stdout.write(`\r${text}${done === total ? '\n' : ''}`);
    else if (tenth > shown) say(text);
    shown = tenth;
  };
}
