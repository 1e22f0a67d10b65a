// Experiments on a remote: their records, as files that people can read, and the objects that these name.
import { fetchObjects } from '../../cache/remote/fetch-objects.ts';
import { bodyToText, TooLong } from '../../cache/remote/body.ts';
import { chooseRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import { pushObjects } from '../../cache/remote/push-objects.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { formatRecord, parseRecord } from '../../experiment/record-text.ts';
import type { Content } from '../../hash/digest.ts';
import type { Out } from '../../pipeline/stage.ts';
import type { CacheLayout } from '../../cache/cache-layout.ts';
import type { Exchange } from './exchange.ts';
import { announcePush } from './push-marker.ts';
import { refuseReadOnly } from './push.ts';

export interface ExchangedExperiments {
  readonly remote: OpenRemote;
  /** Names of those that were sent, or fetched. */
  readonly names: readonly string[];
  /** Names of those that were there already. */
  readonly present: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
}

/** An output as a record names it, with what the pipeline of the workspace declares for it. */
export interface ExperimentOut extends Pick<Out, 'push' | 'remote'> {
  readonly content: Content;
}

export type OutsOf = (record: ExperimentRecord) => readonly ExperimentOut[];

/** No record is longer. */
const MOST_BYTES = 16 << 20;

/**
 * The record is written on each remote that gets objects of it, so that garbage collection there keeps them.
 * @param force replace a record of the same name that differs. @throws PipeError where a remote cannot be used.
 */
export async function pushExperiments(
  records: readonly ExperimentRecord[],
  force: boolean,
  outsOf: OutsOf,
  exchange: Exchange,
): Promise<ExchangedExperiments> {
  const main = await openRemoteOf(exchange);
  const shares: Share[] = [];
  for (const record of records)
    shares.push({
      record,
      byRemote: await byRemote(
        outsOf(record).filter(({ push }) => push),
        main,
        exchange,
      ),
    });
  const remotes = new Set([main, ...shares.flatMap((share) => [...share.byRemote.keys()])]);
  remotes.forEach(refuseReadOnly);
  for (const { name } of remotes) await exchange.remoteForCopies(name, 'warn');
  return whileAnnounced([...remotes], exchange, async () => {
    const done = await pushShares(shares, main, force, exchange);
    for (const remote of remotes) await remote.settle();
    return done;
  });
}

/** What of an experiment goes to which remote; the one with the records is the first. */
interface Share {
  readonly record: ExperimentRecord;
  readonly byRemote: ReadonlyMap<OpenRemote, readonly Content[]>;
}

async function byRemote(
  outs: readonly ExperimentOut[],
  main: OpenRemote,
  exchange: Exchange,
): Promise<ReadonlyMap<OpenRemote, readonly Content[]>> {
  const { remotes } = exchange.workspace.project.config;
  const found = new Map<OpenRemote, Content[]>([[main, []]]);
  for (const { remote: own, content } of outs) {
    const remote = own === null ? main : await exchange.remote(chooseRemote(remotes, own));
    const contents = found.get(remote);
    if (contents) contents.push(content);
    else found.set(remote, [content]);
  }
  return found;
}

async function whileAnnounced<T>(
  [remote, ...others]: readonly OpenRemote[],
  exchange: Exchange,
  work: () => Promise<T>,
): Promise<T> {
  if (!remote) return work();
  const announced = await announcePush(remote, exchange.workspace.project.root);
  try {
    return await whileAnnounced(others, exchange, work);
  } finally {
    await announced?.end();
  }
}

async function pushShares(
  shares: readonly Share[],
  main: OpenRemote,
  force: boolean,
  exchange: Exchange,
): Promise<ExchangedExperiments> {
  const done = startExchange(main);
  for (const { record, byRemote: contents } of shares) {
    const key = keyOf(record.name, exchange);
    const text = formatRecord(record);
    const there = await Promise.all(
      [...contents.keys()].map(async (remote) => ({ remote, found: await readText(remote, key) })),
    );
    const others = there.filter(({ found }) => found !== text);
    const other = others.find(({ found }) => found !== undefined);
    if (other && !force) {
      done.problems.push(otherProblem(record.name, other.remote, 'push'));
      continue;
    }
    // The objects first: whoever finds a record finds all that it names. Of a record that is there, they may have been lost since.
    let failed = 0;
    for (const [remote, own] of contents) {
      const sent = await pushObjects(own, { ...exchange.transfer(remote), force: false, dry: false });
      done.objects += sent.objects;
      done.bytes += sent.bytes;
      failed += sent.failed.size;
    }
    if (failed > 0) done.problems.push(lackingProblem(record.name, failed, 'the cache'));
    else if (others.length === 0) done.present.push(record.name);
    else {
      // Where it is looked for, it comes last.
      for (const { remote } of others.toReversed()) await remote.write(key, { text }, true);
      done.names.push(record.name);
    }
  }
  return done;
}

/**
 * @param names those of the remote, if none are given. @param own what is here.
 * @param keep called with each record once its objects are in the cache.
 * @throws PipeError where the remote cannot be used, or cannot list its files.
 */
export async function pullExperiments(
  names: readonly string[],
  force: boolean,
  own: ReadonlyMap<string, ExperimentRecord>,
  outsOf: OutsOf,
  exchange: Exchange,
  keep: (record: ExperimentRecord) => void,
): Promise<ExchangedExperiments> {
  const remote = await openRemoteOf(exchange);
  const done = startExchange(remote);
  for (const name of names.length > 0 ? names : await namesOn(remote, exchange)) {
    const text = await readText(remote, keyOf(name, exchange));
    const record = text === undefined ? undefined : parseRecord(text);
    const here = own.get(name);
    const isHere = here !== undefined && formatRecord(here) === text;
    if (!record || record.name !== name) done.problems.push(unknownProblem(name, remote, text !== undefined));
    else if (here && !isHere && !force) done.problems.push(otherProblem(name, remote, 'pull'));
    else {
      // Of a record that is here, too: its objects may have been lost since.
      const lacking = await fetchOuts(outsOf(record), done, exchange);
      for (const { remote: of, objects } of lacking)
        done.problems.push(lackingProblem(name, objects, `'${of.name}'`));
      if (lacking.length > 0) continue;
      if (isHere) done.present.push(name);
      else {
        keep(record);
        done.names.push(name);
      }
    }
  }
  return done;
}

/** @returns of each remote that lacks some, how many; what has `push: false` may be lacking everywhere. */
async function fetchOuts(
  outs: readonly ExperimentOut[],
  done: OpenExchange,
  exchange: Exchange,
): Promise<readonly Lacking[]> {
  const lacking: Lacking[] = [];
  const expected = new Set(outs.filter(({ push }) => push).map(({ content }) => content.digest));
  for (const [remote, contents] of await byRemote(outs, done.remote, exchange)) {
    const { failed, objects, bytes } = await fetchObjects(contents, exchange.transfer(remote));
    done.objects += objects;
    done.bytes += bytes;
    const lost = [...failed.keys()].filter((digest) => expected.has(digest));
    if (lost.length > 0) lacking.push({ remote, objects: lost.length });
  }
  return lacking;
}

interface Lacking {
  readonly remote: OpenRemote;
  readonly objects: number;
}

interface OpenExchange extends ExchangedExperiments {
  readonly names: string[];
  readonly present: string[];
  readonly problems: Problem[];
  objects: number;
  bytes: number;
}

const startExchange = (remote: OpenRemote): OpenExchange => ({
  remote,
  names: [],
  present: [],
  problems: [],
  objects: 0,
  bytes: 0,
});

async function openRemoteOf(exchange: Exchange): Promise<OpenRemote> {
  return exchange.remote(chooseRemote(exchange.workspace.project.config.remotes, exchange.asked));
}

/** Beside the records of earlier runs: in a DVC repository below `pipe/`. */
export const experimentsOn = ({ runs }: CacheLayout): string => runs.records.replace(/runs$/, 'exps');

const folderOf = ({ workspace }: Exchange): string => experimentsOn(workspace.layout);

const keyOf = (name: string, exchange: Exchange): string => `${folderOf(exchange)}/${name}.json`;

async function namesOn(remote: OpenRemote, exchange: Exchange): Promise<readonly string[]> {
  const list = remote.list ?? remote.tryList;
  if (!list)
    throw new PipeError({
      code: 'exp-unnamed',
      title: `'${remote.name}' cannot list its files`,
      hint: 'name the experiments: `pipe exp pull NAME`',
    });
  const folder = folderOf(exchange);
  const names: string[] = [];
  for await (const page of list.call(remote, folder))
    for (const { key } of page) {
      const name = /^([^/]+)\.json$/.exec(
        key.startsWith(`${folder}/`) ? key.slice(folder.length + 1) : key,
      )?.[1];
      if (name !== undefined) names.push(name);
    }
  return names.sort();
}

async function readText(remote: OpenRemote, key: string): Promise<string | undefined> {
  try {
    return (await remote.read(key, (body) => bodyToText(body, MOST_BYTES)))?.toString('utf8');
  } catch (error) {
    if (error instanceof TooLong) return '';
    throw error;
  }
}

function unknownProblem(name: string, remote: OpenRemote, damaged: boolean): Problem {
  return damaged
    ? {
        code: 'exp-unreadable',
        title: `the record of '${name}' on '${remote.name}' cannot be read`,
        hint: 'update pipe, or push it again from where it was made',
      }
    : { code: 'exp-unknown', title: `'${remote.name}' has no experiment '${name}'` };
}

function otherProblem(name: string, remote: OpenRemote, doing: 'push' | 'pull'): Problem {
  return {
    code: 'exp-exists',
    title:
      doing === 'push'
        ? `'${remote.name}' has another experiment '${name}'`
        : `the experiment '${name}' here differs from that on '${remote.name}'`,
    hint: `rename one (\`pipe exp rename ${name} NEW\`), or give --force to replace it`,
  };
}

function lackingProblem(name: string, count: number, where: string): Problem {
  return {
    code: 'exp-lost',
    title: `${where} lacks ${count} of the objects of the experiment '${name}'`,
    hint: 'run the experiment again where its code is',
  };
}
