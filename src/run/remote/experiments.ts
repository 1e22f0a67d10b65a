// Experiments on a remote: their records, as files that people can read, and the objects that these name.
import { fetchObjects } from '../../cache/remote/fetch-objects.ts';
import { bodyToText, TooLong } from '../../cache/remote/body.ts';
import { chooseRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import { pushObjects } from '../../cache/remote/push-objects.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { outputsOf } from '../../experiment/record-locks.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { formatRecord, parseRecord } from '../../experiment/record-text.ts';
import type { LockFormat } from '../../lock/lock-file.ts';
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

/** No record is longer. */
const MOST_BYTES = 16 << 20;

/** @param force replace a record of the same name that differs. @throws PipeError where the remote cannot be used. */
export async function pushExperiments(
  records: readonly ExperimentRecord[],
  force: boolean,
  format: LockFormat,
  exchange: Exchange,
): Promise<ExchangedExperiments> {
  const remote = await openRemoteOf(exchange);
  refuseReadOnly(remote);
  const announced = await announcePush(remote, exchange.workspace.project.root);
  try {
    return await pushRecords(records, remote, { force, format, exchange });
  } finally {
    await announced?.end();
  }
}

interface PushOptions {
  readonly force: boolean;
  readonly format: LockFormat;
  readonly exchange: Exchange;
}

async function pushRecords(
  records: readonly ExperimentRecord[],
  remote: OpenRemote,
  { force, format, exchange }: PushOptions,
): Promise<ExchangedExperiments> {
  const done = startExchange(remote);
  for (const record of records) {
    const key = keyOf(record.name, exchange);
    const text = formatRecord(record);
    const there = await readText(remote, key);
    const isThere = there === text;
    if (there !== undefined && !isThere && !force)
      done.problems.push(otherProblem(record.name, remote, 'push'));
    else {
      // The objects first: whoever finds a record finds all that it names. Of a record that is there, they may have been lost since.
      const options = { ...exchange.transfer(remote), force: false, dry: false };
      const { failed, objects, bytes } = await pushObjects(outputsOf(record, format), options);
      done.objects += objects;
      done.bytes += bytes;
      if (failed.size > 0) done.problems.push(lackingProblem(record.name, failed.size, 'the cache'));
      else if (isThere) done.present.push(record.name);
      else {
        await remote.write(key, { text }, true);
        done.names.push(record.name);
      }
    }
  }
  await remote.settle();
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
  format: LockFormat,
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
      const { failed, objects, bytes } = await fetchObjects(
        outputsOf(record, format),
        exchange.transfer(remote),
      );
      done.objects += objects;
      done.bytes += bytes;
      if (failed.size > 0) done.problems.push(lackingProblem(name, failed.size, `'${remote.name}'`));
      else if (isHere) done.present.push(name);
      else {
        keep(record);
        done.names.push(name);
      }
    }
  }
  return done;
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
