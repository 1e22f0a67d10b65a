// Records of earlier runs on a remote: which outputs the inputs of a key gave. Whoever may write there could name outputs
// of their own making, so a record counts only with a signature by a key that they do not have.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../../hash/digest.ts';
import type { LockedPath, LockEntry } from '../../lock/lock-entry.ts';
import type { RunFormat } from '../run-format.ts';
import { bodyToText, TooLong } from './body.ts';
import type { OpenRemote } from './open-remote.ts';
import type { Listed } from './remote.ts';

export interface RunRecords {
  /** The outputs of a run with this key; undefined where there is none that may be believed. */
  find(key: Digest): Promise<readonly LockedPath[] | undefined>;
  /** Called after the outputs are on the remote. @returns whether there was something to write. */
  save(key: Digest, entry: LockEntry): Promise<boolean>;
}

/** No record of a run is longer. */
const MOST_BYTES = 16 << 20;
const MARK = 'hmac-sha256';

/**
 * @param onRefused called for a record without a signature by our key.
 * @returns undefined where no record could be believed: there is no key, and no trust without one.
 */
export function openRunRecords(
  remote: OpenRemote,
  format: RunFormat,
  onRefused: () => void = () => undefined,
): RunRecords | undefined {
  const { key: secret, trust } = remote;
  if (secret === undefined && !trust) return undefined;
  const at = (key: Digest): string => `${format.records}/${key.slice(0, 2)}/${key.slice(2)}`;
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return (await remote.read(path, (body) => bodyToText(body, MOST_BYTES)))?.toString('utf8');
    } catch (error) {
      if (error instanceof TooLong) return undefined;
      throw error;
    }
  };
  const parse = (text: string): readonly LockedPath[] | undefined => format.parse(text)?.[0];

  return {
    async find(key) {
      const text = await read(at(key));
      const body = text === undefined ? undefined : believed(text, key, secret, trust);
      if (body !== undefined) return parse(body);
      if (text !== undefined) onRefused();
      const { foreign } = format;
      if (!foreign || !trust || !remote.list) return undefined;
      const folder = foreign.folder(key);
      const newest = newestOf(await filesIn(remote, folder));
      const theirs = newest === undefined ? undefined : await read(newest.key);
      return theirs === undefined ? undefined : parse(theirs);
    },
    async save(key, entry) {
      const body = format.record(entry);
      const record = secret === undefined ? body : body + signature(body, key, secret);
      const before = await read(at(key));
      if (before !== record) await remote.write(at(key), { text: record }, true);
      const { foreign } = format;
      if (!foreign || !remote.list) return before !== record;
      const folder = foreign.folder(key);
      const { name, text } = foreign.file(entry);
      const path = `${folder}/${name}`;
      if (!(await filesIn(remote, folder)).some(({ key }) => key === path))
        await remote.write(path, { text }, true);
      return before !== record;
    },
  };
}

async function filesIn({ list }: OpenRemote, folder: string): Promise<readonly Listed[]> {
  const files: Listed[] = [];
  if (list) for await (const page of list(folder)) files.push(...page);
  return files;
}

const newestOf = (files: readonly Listed[]): Listed | undefined =>
  files.toSorted((a, b) => b.time - a.time)[0];

/** The last line of a signed record. The key is part of it, so that no record can stand for another. */
function signature(body: string, key: Digest, secret: string): string {
  const hmac = createHmac('sha256', secret).update(`pipe-run/1\n${key}\n${body}`).digest('hex');
  return `${MARK} ${hmac}\n`;
}

/** What a record says, without its signature; undefined where it must not be believed. */
function believed(text: string, key: Digest, secret: string | undefined, trust: boolean): string | undefined {
  const start = text.lastIndexOf('\n', text.length - 2) + 1;
  const last = text.slice(start);
  const isSigned = last.startsWith(`${MARK} `);
  const body = isSigned ? text.slice(0, start) : text;
  if (secret === undefined || !isSigned) return trust ? body : undefined;
  const [given, expected] = [Buffer.from(last), Buffer.from(signature(body, key, secret))];
  return given.length === expected.length && timingSafeEqual(given, expected) ? body : undefined;
}

/** The outputs of all runs in a record, signed or not; undefined where it cannot be read as one. */
export function outsInRecord(text: string, format: RunFormat): readonly LockedPath[] | undefined {
  return format.parse(withoutSignature(text))?.flat();
}

function withoutSignature(text: string): string {
  const start = text.lastIndexOf('\n', text.length - 2) + 1;
  return text.slice(start).startsWith(`${MARK} `) ? text.slice(0, start) : text;
}
