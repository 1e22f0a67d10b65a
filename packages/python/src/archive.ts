// The bytes of a wheel: a zip archive with a record of its files. The same files give the same bytes, everywhere.
import { createHash } from 'node:crypto';
import { zipSync, type Zippable } from 'fflate';

export interface WheelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

/** @param info the folder of the metadata, which ends the archive. */
export function archiveOf(files: readonly WheelFile[], info: string): Uint8Array {
  const ordered = files.toSorted(
    (a, b) => Number(a.path.startsWith(info)) - Number(b.path.startsWith(info)) || (a.path < b.path ? -1 : 1),
  );
  const record = `${info}/RECORD`;
  const lines = ordered.map(({ path, bytes }) => `${path},sha256=${digestOf(bytes)},${bytes.length}\n`);
  const recorded = new TextEncoder().encode(`${lines.join('')}${record},,\n`);
  const entries: Zippable = {};
  for (const { path, bytes, executable } of [...ordered, { path: record, bytes: recorded }])
    entries[path] = [bytes, { attrs: modeOf(executable === true) }];
  // In local time, as zip archives have no time zone; the oldest time that they can hold.
  return zipSync(entries, { level: 9, os: UNIX, mtime: new Date(1980, 0, 1) });
}

const UNIX = 3;
const modeOf = (executable: boolean): number => (executable ? 0o100755 : 0o100644) * 2 ** 16;
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');
