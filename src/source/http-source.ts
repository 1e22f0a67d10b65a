// A file on a server, by its http(s) URL. An interrupted download goes on where it stopped, if the server allows that.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutSecrets } from '../base/url-secrets.ts';
import { reach, request, type Answer } from '../cache/remote/http/http-request.ts';
import { NoConnection, persistently, Transient, type Wait } from '../cache/remote/persistently.ts';
import { paceFrom, QUICK } from '../cache/remote/pace.ts';
import type { Content } from '../hash/digest.ts';
import type { DataSource, DownloadOptions } from './data-source.ts';
import { httpContent, infoOf, type HttpInfo } from './http-info.ts';
import { onOneVersion, type Version } from './one-version.ts';
import { nameInDvc } from './url-of-python.ts';
import { sourceMissing, sourceRefused, sourceUnreachable } from './source-problem.ts';

export interface HttpSourceOptions {
  /** Without user name and password. */
  readonly url: URL;
  /** As it was written, which need not be encoded, without user name and password: a checksum of DVC has it. */
  readonly written?: string;
  /** Credentials: they go to the server of the URL alone. */
  readonly headers: Readonly<Record<string, string>>;
  readonly wait?: Wait;
  /** See `SourceOptions`. */
  readonly quick?: boolean | undefined;
}

export function openHttpSource({
  url,
  written = url.href,
  headers,
  wait,
  quick,
}: HttpSourceOptions): DataSource {
  const shown = withoutSecrets(url.href);
  const pace = quick ? QUICK : paceFrom(process.env['PIPE_REMOTE_MIN_RATE']);
  let reached: Promise<void> | undefined;
  /** What is asked for: the URL, or a shorter spelling of it. */
  let target: URL | undefined;

  /** @param handle gets every answer that a repetition could not change. */
  async function ask<T>(
    method: 'HEAD' | 'GET',
    more: () => Readonly<Record<string, string>>,
    handle: (answer: Answer) => Promise<T>,
    onRetry?: (reason: string) => void,
  ): Promise<T> {
    try {
      await (reached ??= reach(url));
      return await persistently(
        async () => {
          target ??= await chooseUrl();
          const answer = await request(target, { method, headers: more() }, { secrets: headers, pace });
          if (isBusy(answer.status)) {
            await answer.close();
            throw busy(answer);
          }
          return handle(answer);
        },
        wait,
        onRetry,
        quick ? 1 : undefined,
      );
    } catch (error) {
      if (error instanceof NoConnection) throw sourceUnreachable(shown, error.message, error.hint);
      if (error instanceof Transient) throw sourceUnreachable(shown, error.message);
      throw error;
    }
  }

  const name = nameInDvc(written);
  const cameFrom = (answer: Answer): string => (answer.url.href === target?.href ? name : answer.url.href);

  /** DVC asks for a URL without the slash at its end, and servers redirect that. Where this fails, the URL is asked for as it was written. */
  async function chooseUrl(): Promise<URL> {
    const named = new URL(name);
    if (named.pathname === url.pathname) return url;
    const answer = await request(named, { method: 'HEAD', headers: {} }, { secrets: headers, pace });
    await answer.close();
    if (isBusy(answer.status)) throw busy(answer);
    return answer.status === 200 ? named : url;
  }

  /** As the library below DVC asks: HEAD, and GET where that does not say how large the file is. */
  async function info(): Promise<HttpInfo | undefined> {
    const head = await ask('HEAD', none, (answer) => closed(answer));
    const found = head.status === 200 ? infoOf(cameFrom(head), head.headers) : undefined;
    if (found?.has('size')) return found;
    const get = await ask('GET', none, (answer) => closed(answer));
    if (isAbsent(get.status)) return undefined;
    if (get.status !== 200) throw refusedBy(get);
    return new Map([...(found ?? []), ...infoOf(cameFrom(get), get.headers)]);
  }

  async function look(): Promise<Content | undefined> {
    const found = await info();
    return found && httpContent(name, found);
  }

  async function find(): Promise<Version | undefined> {
    const content = await look();
    return content && { content };
  }

  function refusedBy({ status }: Pick<Answer, 'status'>): Error {
    const hint =
      status === 401 || status === 403 || status === 407
        ? 'declare the server as a remote with its credentials, and use remote://NAME/PATH in place of the URL'
        : 'check the URL and what the server allows';
    return sourceRefused(shown, `it answers with status ${status}`, hint);
  }

  /** @returns the bytes that came. */
  async function downloadOnce(path: string, options: Omit<DownloadOptions, 'modes'>): Promise<void> {
    const file = await open(path, 'w', 0o666);
    let length = 0;
    /** Of the version whose first bytes came. */
    let version: string | undefined;
    try {
      const rest = (): Readonly<Record<string, string>> =>
        length > 0 && version !== undefined ? { range: `bytes=${length}-`, 'if-range': version } : {};
      await ask(
        'GET',
        rest,
        async (answer) => {
          if (isAbsent(answer.status)) throw await after(answer, sourceMissing(shown));
          const continues = answer.status === 206 && length > 0;
          if (answer.status !== 200 && !continues) throw await after(answer, refusedBy(answer));
          if (continues && startOf(answer) !== length)
            throw await after(answer, new Transient('it sent other bytes'));
          if (!continues) {
            length = 0;
            await file.truncate(0);
          }
          version = strongVersion(answer);
          for await (const chunk of answer.body) {
            // Where the disk becomes full, a write may take a part of it and fail only the next time.
            for (let done = 0; done < chunk.length;) {
              const { bytesWritten } = await file.write(chunk, done, chunk.length - done, length);
              done += bytesWritten;
              length += bytesWritten;
            }
            options.onProgress?.(length);
          }
        },
        options.onRetry,
      );
      await file.sync();
    } finally {
      await file.close();
    }
  }

  return {
    url: shown,
    look,
    async download(path, options) {
      return (await onOneVersion(shown, find, () => downloadOnce(path, options))).version.content;
    },
    async visit(folder, take, options) {
      const path = join(folder, 'file');
      const { version, result } = await onOneVersion(shown, find, async () => {
        await downloadOnce(path, options);
        return take(path, true);
      });
      return { version: version.content, isFolder: false, entries: [{ kind: 'file', path: '', ...result }] };
    },
  };
}

const none = (): Readonly<Record<string, string>> => ({});

async function closed(answer: Answer): Promise<Answer> {
  await answer.close();
  return answer;
}

async function after(answer: Answer, error: Error): Promise<Error> {
  await answer.close();
  return error;
}

const isAbsent = (status: number): boolean => status === 404 || status === 410;

const busy = ({ status }: Pick<Answer, 'status'>): Transient =>
  new Transient(`it answers with status ${status}`);

const isBusy = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);

/** A weak ETag promises too little to put two parts together. */
function strongVersion({ headers }: Answer): string | undefined {
  const etag = headers.get('etag');
  const encoded = headers.has('content-encoding');
  return etag !== null && etag.startsWith('"') && !encoded ? etag : undefined;
}

/** The first byte of a part; undefined where the server does not say it. */
function startOf({ headers }: Answer): number | undefined {
  const [, first] = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '') ?? [];
  return first === undefined ? undefined : Number(first);
}
