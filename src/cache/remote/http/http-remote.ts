// A server that takes files with PUT and gives them with GET: WebDAV of nginx or Apache, artifact stores, buckets behind
// a gateway. It is believed nothing: what it sends is checked by whoever asked for it.
import { crashPoint, type Fault } from '../../../disk/crash-point.ts';
import { secretVariable } from '../credentials.ts';
import { NoConnection, persistently, Transient, type Wait } from '../persistently.ts';
import { readParts } from './http-parts.ts';
import { reach, request, type Answer, type Ask } from './http-request.ts';
import { paceFrom, type Pace } from '../pace.ts';
import type { Listed, Remote, Source } from '../remote.ts';
import { bodyToText } from '../body.ts';
import { readMultistatus } from './multistatus.ts';
import { failed, refused, unreachable } from '../remote-problem.ts';
import { sizesOneByOne } from '../sizes.ts';

export interface HttpOptions {
  readonly name: string;
  /** Without credentials. */
  readonly url: URL;
  /** Credentials: they go to the server of the URL alone. */
  readonly headers: Readonly<Record<string, string>>;
  /** How a file is sent: PUT, or what the server wants. */
  readonly method: string;
  /** The least that a connection has to move. */
  readonly pace?: Pace;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
  readonly fault?: Fault;
  readonly wait?: Wait;
}

export function openHttpRemote({
  name,
  url,
  headers,
  method,
  pace = paceFrom(process.env['PIPE_REMOTE_MIN_RATE']),
  onRetry,
  fault = crashPoint,
  wait,
}: HttpOptions): Remote {
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const here = { name, url: base.origin + base.pathname };
  let reached: Promise<void> | undefined;
  /** What was asked to be made on a WebDAV server. */
  const folders = new Map<string, Promise<boolean>>();
  let isWebdav = false;

  /** @param handle gets every answer that a repetition could not change. */
  async function ask<T>(
    doing: string,
    target: URL,
    init: () => Ask,
    handle: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    try {
      await (reached ??= reach(base));
      return await persistently(
        async () => {
          const answer = await request(target, init(), { secrets: headers, pace });
          if (isBusy(answer.status)) {
            await answer.close();
            throw new Transient(statusText(answer), retryAfter(answer.headers));
          }
          return handle(answer);
        },
        wait,
        onRetry,
      );
    } catch (error) {
      if (error instanceof NoConnection) throw unreachable(here, error.message, error.hint);
      if (error instanceof Transient) throw failed(here, doing, error.message);
      throw error;
    }
  }

  // The query stays: it may carry a signature.
  function at(key: string): URL {
    const target = new URL(base);
    target.pathname += key;
    return target;
  }

  async function refuse(answer: Answer, doing: string, hint?: string): Promise<never> {
    await answer.close();
    const { status } = answer;
    const reason = statusText(answer);
    if (status === 401 || status === 403 || status === 407)
      throw refused(
        here,
        doing,
        reason,
        `set ${secretVariable(name, 'token')}, or ${secretVariable(name, 'user')} and ${secretVariable(name, 'password')} (or \`token:\`, or \`user:\` and \`password:\`, in cache/config.yaml)`,
      );
    throw refused(here, doing, reason, hint ?? HINTS[status] ?? 'check the URL and what the server allows');
  }

  const size: Remote['size'] = (key) =>
    ask(
      'look for objects',
      at(key),
      () => ({ method: 'HEAD' }),
      async (answer) => {
        const { status, headers } = answer;
        const length = headers.get('content-length');
        if (status === 404 || status === 410) return close(answer, undefined);
        // A server that does not know the question is sent the file.
        if (status === 405 || status === 501) return close(answer, undefined);
        if (status !== 200 && status !== 204) return refuse(answer, 'look for objects');
        const isGiven = length !== null && /^\d+$/.test(length) && !headers.has('content-encoding');
        return close(answer, isGiven ? Number(length) : 'unknown');
      },
    );

  return {
    ...here,
    size,
    sizes: (keys, jobs) => sizesOneByOne(size, keys, jobs),
    read: (key, take) =>
      ask(
        'read objects',
        at(key),
        () => ({ method: 'GET' }),
        async (answer) => {
          const { status } = answer;
          if (status === 404 || status === 410) return close(answer, undefined);
          if (status !== 200) return refuse(answer, 'read objects');
          return take(answer.body);
        },
      ),
    readParts: (key, lacking, take) =>
      readParts(lacking, take, {
        get: (own, handle) => ask('read objects', at(key), () => ({ method: 'GET', headers: own }), handle),
        refuse: (answer) => refuse(answer, 'read objects'),
        giveUp: (reason) => {
          throw failed(here, 'read objects', reason);
        },
        ...(onRetry && { onRetry }),
      }),
    async write(key, source, replace) {
      // WebDAV wants folders to be made first; other servers know none.
      if (isWebdav) await makeFolders(key);
      return (await put(key, source, replace, true)) ?? (await put(key, source, replace, false))!;
    },
    settle: () => Promise.resolve(),
    tryList: (folder) => listBelow(folder === '' ? '' : `${folder}/`),
    async remove(keys) {
      for (const key of keys)
        await ask(
          'remove objects',
          at(key),
          () => ({ method: 'DELETE' }),
          async (answer) => {
            const { status } = answer;
            const gone = (status >= 200 && status <= 299) || status === 404 || status === 410;
            return gone ? close(answer, undefined) : refuse(answer, 'remove objects', REMOVE_HINTS[status]);
          },
        );
    },
    close: () => Promise.resolve(),
  };

  /** @param folder below the base, with the slash at its end. */
  async function* listBelow(folder: string): AsyncGenerator<readonly Listed[]> {
    const { files, folders } = await ask(
      'list files',
      at(folder),
      () => ({ method: 'PROPFIND', headers: { depth: '1' } }),
      async (answer) => {
        const { status } = answer;
        if (status === 207) {
          const text = await bodyToText(answer.body, MOST_LISTED);
          return readMultistatus(text.toString('utf8'), base, folder);
        }
        if (status === 404 || status === 410) return close(answer, { files: [], folders: [] });
        return refuse(answer, 'list files', 'gc and other lists need a server that knows WebDAV (PROPFIND)');
      },
    );
    if (files.length > 0) yield files;
    for (const inner of folders) yield* listBelow(inner);
  }

  /** @param first a folder that is lacking may be made. @returns undefined where it was made: then it is worth another try. */
  async function put(
    key: string,
    source: Source,
    replace: boolean,
    first: boolean,
  ): Promise<'written' | 'exists' | undefined> {
    return ask(
      'write objects',
      at(key),
      () => {
        fault('write to remote');
        return {
          method,
          body: source,
          headers: {
            'content-type': 'application/octet-stream',
            ...(!replace && { 'if-none-match': '*' }),
          },
        };
      },
      async (answer) => {
        const { status } = answer;
        if (status === 412 && !replace) return close(answer, 'exists' as const);
        if (status >= 200 && status <= 299) return close(answer, 'written' as const);
        if (first && (status === 404 || status === 409) && (await makeFolders(key))) {
          isWebdav = true;
          return close(answer, undefined);
        }
        return refuse(answer, 'write objects');
      },
    );
  }

  /** Makes the folders of a key, one inside the other. @returns whether the server knows how. */
  async function makeFolders(key: string): Promise<boolean> {
    const { pathname } = at(key);
    let known = false;
    for (let end = pathname.indexOf('/', 1); end !== -1; end = pathname.indexOf('/', end + 1)) {
      const folder = pathname.slice(0, end + 1);
      const made = folders.get(folder) ?? makeFolder(folder);
      folders.set(folder, made);
      known = await made;
    }
    return known;
  }

  function makeFolder(path: string): Promise<boolean> {
    const target = new URL(base);
    target.pathname = path;
    // 405: it is there.
    return ask(
      'make folders',
      target,
      () => ({ method: 'MKCOL' }),
      async (answer) => close(answer, answer.status === 201 || answer.status === 405),
    );
  }
}

const HINTS: Readonly<Record<number, string>> = {
  404: 'check the URL; a server without MKCOL must make folders by itself (nginx: `create_full_put_path on`)',
  405: 'the server must allow PUT (or set `method:` to what it takes)',
  409: 'a server without MKCOL must make folders by itself (nginx: `create_full_put_path on`)',
  413: 'raise the largest size of a request on the server (nginx: `client_max_body_size`)',
  507: 'free some space on the server',
};

const REMOVE_HINTS: Readonly<Record<number, string>> = {
  405: 'the server must allow DELETE (nginx: `dav_methods PUT DELETE`)',
  501: 'the server must allow DELETE (nginx: `dav_methods PUT DELETE`)',
};

/** Bytes of one folder's list. */
const MOST_LISTED = 256 << 20;

async function close<T>(answer: Answer, value: T): Promise<T> {
  await answer.close();
  return value;
}

const isBusy = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 507);

const statusText = ({ status }: Answer): string => `it answers with status ${status}`;

/** In seconds or as a date. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
