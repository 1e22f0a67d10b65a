// Markers on a remote of who is at work there: pushes, and garbage collection. A push writes its marker before it looks for a
// collection, and a collection the other way round, so that at least one sees the other. Ages are differences of times that the remote
// gives, so clocks need not agree. They are in a folder where no reader of objects looks, DVC included.
import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { bodyToText, TooLong } from '../../cache/remote/body.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import type { Listed, Remote } from '../../cache/remote/remote.ts';
import { isRunning } from '../../disk/temporary-name.ts';
import { PipeError } from '../../base/problem.ts';

export const markerFolder = 'pipe';
const PUSHES = `${markerFolder}/pushes`;
const COLLECTIONS = `${markerFolder}/gc`;

const MINUTE = 60_000;
/** So often a marker is written again while its process works. */
const REFRESH = 5 * MINUTE;
/** A marker of somebody at work that is older was left by a crash. */
const DEAD = 30 * MINUTE;

/** Who wrote a marker. */
interface Marker {
  readonly host: string;
  readonly user: string;
  readonly pid: number;
  /** Absolute root of its project. */
  readonly folder?: string;
  /** At work; else it came to its end at the time of the marker. */
  readonly working: boolean;
}

export interface Announced {
  /** What the remote's clock said when it began; milliseconds. */
  readonly now: number;
  /** Key of the marker. */
  readonly key: string;
  end(): Promise<void>;
}

/** A push that another process did, or is doing. */
export interface OtherPush {
  readonly age: number;
  readonly working: boolean;
  readonly by: string;
  /** Absolute root of its project there, where it says so. */
  readonly folder?: string;
}

export const listerOf = ({ list, tryList }: Remote): Remote['list'] => list ?? tryList;

/**
 * Called before a push looks for what is there. @param root absolute root of the project.
 * @returns undefined where garbage cannot be collected, or markers cannot be written.
 * @throws PipeError `remote-busy` where garbage is being collected.
 */
export async function announcePush(remote: OpenRemote, root: string): Promise<Announced | undefined> {
  if (!listerOf(remote)) return undefined;
  try {
    // A server that cannot list has no garbage collection.
    if (!remote.list) await filesIn(remote, COLLECTIONS);
    const key = `${PUSHES}/${ownId(root)}`;
    const announced = await announce(remote, key, true, root);
    const others = await filesIn(remote, COLLECTIONS);
    const working = others.find(({ time }) => announced.now - time < DEAD);
    if (!working) return announced;
    await announced.end();
    throw busy(remote, 'garbage is being collected there', working);
  } catch (error) {
    if (error instanceof PipeError && error.problems[0]!.code === 'remote-refused') return undefined;
    throw error;
  }
}

/** Called before anything is removed. @throws PipeError `remote-busy` where another collection is at work. */
export async function announceCollection(remote: OpenRemote): Promise<Announced> {
  const key = `${COLLECTIONS}/${randomBytes(8).toString('hex')}`;
  const announced = await announce(remote, key, false);
  const others = (await filesIn(remote, COLLECTIONS)).filter((file) => file.key !== key);
  const working = others.find(({ time }) => announced.now - time < DEAD);
  if (!working) return announced;
  await announced.end();
  throw busy(remote, 'garbage is being collected there already', working);
}

/** @param now of the remote. @param root of the project whose own finished push does not count. */
export async function otherPushes(
  remote: OpenRemote,
  now: number,
  root: string,
): Promise<readonly OtherPush[]> {
  const own = `${PUSHES}/${ownId(root)}`;
  const found: OtherPush[] = [];
  for (const { key, time } of await filesIn(remote, PUSHES)) {
    const marker = await readMarker(remote, key);
    const age = now - time;
    const working = marker?.working === true && age < DEAD;
    if (key === own && !(working && isRunning(marker.pid))) continue;
    found.push({
      age,
      working,
      by: marker ? `${marker.user}@${marker.host}` : key,
      ...(marker?.folder !== undefined && { folder: marker.folder }),
    });
  }
  return found.toSorted((a, b) => a.age - b.age);
}

async function announce(
  remote: OpenRemote,
  key: string,
  stays: boolean,
  folder?: string,
): Promise<Announced> {
  const write = async (working: boolean): Promise<void> => {
    const { username: user } = userOf();
    const marker: Marker = {
      host: hostname(),
      user,
      pid: process.pid,
      ...(folder !== undefined && { folder }),
      working,
    };
    await remote.write(key, { text: `${JSON.stringify(marker)}\n` }, true);
  };
  await write(true);
  const own = (await filesIn(remote, key.slice(0, key.lastIndexOf('/')))).find((file) => file.key === key);
  const timer = setInterval(() => void write(true).catch(() => undefined), REFRESH);
  timer.unref();
  return {
    key,
    now: own?.time ?? Number.NaN,
    async end() {
      clearInterval(timer);
      // Whatever fails now: the marker gets old.
      await (stays ? write(false) : remote.remove!([key])).catch(() => undefined);
    },
  };
}

async function filesIn(remote: OpenRemote, folder: string): Promise<readonly Listed[]> {
  const files: Listed[] = [];
  for await (const page of listerOf(remote)!(folder)) files.push(...page);
  return files;
}

async function readMarker(remote: OpenRemote, key: string): Promise<Marker | undefined> {
  try {
    const text = await remote.read(key, (body) => bodyToText(body, 4096));
    const value: unknown = JSON.parse(text?.toString('utf8') ?? 'null');
    return typeof value === 'object' && value !== null && 'pid' in value ? (value as Marker) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TooLong) return undefined;
    throw error;
  }
}

/** One for each clone of each user. */
const ownId = (root: string): string =>
  createHash('sha256').update(`${hostname()}\0${userOf().username}\0${root}`).digest('hex').slice(0, 16);

/** A user id without a name is possible, as in containers. */
function userOf(): { readonly username: string } {
  try {
    return userInfo();
  } catch {
    return { username: String(process.getuid?.() ?? '') };
  }
}

function busy(remote: OpenRemote, what: string, { key }: Listed): PipeError {
  return new PipeError({
    code: 'remote-busy',
    title: `the remote '${remote.name}' is busy: ${what}`,
    facts: [
      ['remote', remote.url],
      ['marker', key],
    ],
    hint: 'try again when it has ended; a marker that a crash left counts for 30 minutes, or until it is removed',
  });
}
