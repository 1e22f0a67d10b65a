// Any storage that the user's rclone knows, as a remote. Each call of rclone moves many files.
import { crashPoint, type Fault } from '../../../disk/crash-point.ts';
import type { Listed, Range, Remote, Size } from '../remote.ts';
import { unreachable } from '../remote-problem.ts';
import { takeBody } from '../body.ts';
import { inBatches } from './batch.ts';
import { readFrom, sendAll, type Arrival, type Sending } from './rclone-copy.ts';
import { joined } from './rclone-place.ts';
import { rcloneProblem } from './rclone-problem.ts';
import { openScratch } from './rclone-scratch.ts';
import { temporaryFolder } from './rclone-temporary.ts';
import { runRclone, startRclone } from './run-rclone.ts';

export interface RcloneRemoteOptions {
  readonly name: string;
  /** For people. */
  readonly url: string;
  /** As rclone takes it: `NAME:folder`. */
  readonly place: string;
  /** Absolute folder in which a folder for files on their way can be made. */
  readonly scratch: string;
  readonly fault?: Fault;
}

/** So many files wait for one call. */
const JOBS = 128;
/** More are found faster in a listing of everything. */
const ASKED_ONE_BY_ONE = 2000;
const SEPARATOR = '\t';

export function openRcloneRemote(options: RcloneRemoteOptions): Remote {
  const { name, url, place, fault = crashPoint } = options;
  const here = { name, url };
  const scratch = openScratch(options.scratch);
  const temporary = temporaryFolder(place);
  const arrivals = inBatches((keys: readonly string[]) => readFrom(place, keys, look, scratch), JOBS);
  const departures = inBatches(async (sent: readonly Sending[]) => {
    await sendAll(sent, { place, temporary, scratch, fault });
    return sent.map(() => 'written' as const);
  }, JOBS);
  let checked: Promise<void> | undefined;

  async function look(keys: readonly string[]): Promise<ReadonlyMap<string, Size>> {
    const folder = keys.length > ASKED_ONE_BY_ONE ? commonFolder(keys) : '';
    const text = await runRclone({
      args: [
        'lsf',
        '-R',
        '--files-only',
        '--fast-list',
        '--format=sp',
        `--separator=${SEPARATOR}`,
        ...(keys.length > ASKED_ONE_BY_ONE ? [] : ['--files-from-raw=-']),
        '--',
        joined(place, folder),
      ],
      ...(keys.length <= ASKED_ONE_BY_ONE && { input: lines(keys) }),
    });
    const wanted = new Set(keys);
    const sizes = new Map<string, Size>();
    for (const line of (text ?? '').split('\n')) {
      const at = line.indexOf(SEPARATOR);
      const [size, path] = [Number(line.slice(0, at)), line.slice(at + 1)];
      const key = folder === '' ? path : `${folder}/${path}`;
      if (at !== -1 && wanted.has(key)) sizes.set(key, size < 0 ? 'unknown' : size);
    }
    return sizes;
  }

  async function ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw rcloneProblem(error, here, place, doing);
    }
  }

  /** Distinguishes a remote that does not exist from one that lacks a file. @throws PipeError */
  const requireFolder = (): Promise<void> =>
    (checked ??= ask('look into it', async () => {
      const found = await runRclone({ args: ['lsf', '--max-depth=1', '--', place] });
      if (found !== undefined) return;
      checked = undefined;
      throw unreachable(
        here,
        'the folder does not exist',
        'correct the URL, or make it with a first `pipe push`',
      );
    }));

  /** A large file comes by itself, as it is read. */
  async function* streamed(key: string, range?: Range): AsyncGenerator<Uint8Array> {
    const only = range ? [`--offset=${range.start}`, `--count=${range.end - range.start}`] : [];
    const running = startRclone({ args: ['cat', ...only, '--', joined(place, key)] });
    try {
      yield* running.output;
      await ask('read objects', () => running.ended);
    } finally {
      running.kill();
    }
  }

  return {
    ...here,
    jobs: JOBS,
    size: (key) => ask('look for objects', async () => (await look([key])).get(key)),
    sizes: (keys) =>
      keys.length === 0 ? Promise.resolve(new Map()) : ask('look for objects', () => look(keys)),
    async read(key, take) {
      const arrived: Arrival = await ask('read objects', () => arrivals(key));
      if (arrived.kind === 'file')
        try {
          return await take(arrived.open());
        } finally {
          arrived.remove();
        }
      if (arrived.kind === 'large') return take(streamed(key));
      await requireFolder();
      return undefined;
    },
    async readParts(key, { size, ranges, version, onVersion }, take) {
      const found = (await ask('look for objects', () => look([key]))).get(key);
      if (found === undefined) await requireFolder();
      if (found === undefined) return 'missing';
      if (found !== size) return 'unfit';
      onVersion(version);
      for (const range of ranges) await takeBody(streamed(key, range), range.start, take);
      return 'read';
    },
    write(key, source, replace) {
      fault('write to remote');
      return ask('write objects', () => departures({ key, source, replace }));
    },
    // rclone is done when the storage says so.
    settle: () => Promise.resolve(),
    async *list(folder) {
      await requireFolder();
      const args = [
        'lsjson',
        '-R',
        '--files-only',
        '--no-mimetype',
        '--fast-list',
        // When it was sent, where the storage has that; else when the file was made that was sent.
        '--use-server-modtime',
        '--',
        joined(place, folder),
      ];
      const text = (await ask('list files', () => runRclone({ args }))) ?? '[]';
      const files = JSON.parse(text) as readonly { Path: string; Size: number; ModTime: string }[];
      const page = files.map(({ Path, Size: size, ModTime }): Listed => ({
        key: folder === '' ? Path : `${folder}/${Path}`,
        size,
        time: Date.parse(ModTime),
      }));
      if (page.length > 0) yield page;
    },
    async remove(keys) {
      if (keys.length === 0) return;
      const args = ['delete', '--files-from-raw=-', '--', place];
      await ask('remove objects', () => runRclone({ args, input: lines(keys) }));
    },
    async close() {
      scratch.remove();
      await temporary.remove();
    },
  };
}

const lines = (keys: readonly string[]): string => keys.map((key) => `${key}\n`).join('');

/** The folder that all of them are in. */
function commonFolder(keys: readonly string[]): string {
  let common = keys[0]!.split('/').slice(0, -1);
  for (const key of keys) {
    const parts = key.split('/');
    const end = common.findIndex((part, index) => part !== parts[index]);
    if (end !== -1) common = common.slice(0, end);
  }
  return common.join('/');
}
