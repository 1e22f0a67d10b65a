// Asks a bucket: signs each request, repeats what may go well another time, and follows what the server says about its region,
// its clock and credentials that are over.
import { hash } from 'node:crypto';
import { NoConnection, persistently, Transient, type Wait } from '../persistently.ts';
import { bodyToText } from '../body.ts';
import { failed, unreachable } from '../remote-problem.ts';
import type { FoundCredentials } from './given-credentials.ts';
import { faultText, isBusy, isExpired, readFault, type Fault } from './fault.ts';
import type { Headers } from './s3-headers.ts';
import { refusal, type ShownRemote } from './s3-problem.ts';
import { encode, encodePath, encodeQuery, sign } from './sign.ts';
import type { Body, Transport, WireAnswer } from './transport.ts';

export interface S3ClientOptions {
  readonly here: ShownRemote;
  readonly bucket: string;
  readonly endpoint: URL | undefined;
  readonly inPath: boolean;
  readonly region: string;
  readonly transport: Transport;
  /** Undefined for anonymous requests. @param over those that the server takes no more. */
  readonly credentials: (over: FoundCredentials | undefined) => Promise<FoundCredentials | undefined>;
  readonly onRetry?: (reason: string) => void;
  readonly wait?: Wait;
  /** How often a request is sent in all; default four times. */
  readonly attempts?: number;
}

export interface S3Request {
  readonly method: string;
  /** Undefined for the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Headers;
  readonly body?: Body;
  /** Of the body, in hexadecimal. */
  readonly sha256?: string;
}

export interface S3Answer extends WireAnswer {
  /** For every status from 300 on; the body is read then. */
  readonly fault?: Fault;
}

const NO_BODY = hash('sha256', '');
/** No fault is longer. */
const MOST_FAULT = 1 << 20;
/** Milliseconds by which clocks may differ, less a bit. */
const SKEW = 10 * 60_000;

/** What a request was signed with. */
interface Used {
  readonly region: string;
  readonly ahead: number;
  readonly credentials: FoundCredentials | undefined;
}

/** What was wrong with a request is mended: it is sent again at once. */
class Mended extends Error {}

export class S3Client {
  readonly #options: S3ClientOptions;
  #region: string;
  /** Milliseconds by which the server's clock is before ours. */
  #ahead = 0;

  constructor(options: S3ClientOptions) {
    this.#options = options;
    this.#region = options.region;
  }

  /**
   * @param handle gets every answer that a repetition could not change. It is called again where it throws `Transient`.
   * @throws PipeError where the server cannot be reached, or fails again and again.
   */
  async ask<T>(doing: string, request: S3Request, handle: (answer: S3Answer) => Promise<T>): Promise<T> {
    const { here, wait, onRetry, attempts } = this.#options;
    try {
      return await persistently(() => this.#try(request, handle), wait, onRetry, attempts);
    } catch (error) {
      if (error instanceof NoConnection) throw unreachable(here, error.message, error.hint);
      if (error instanceof Transient) throw failed(here, doing, error.message);
      throw error;
    }
  }

  /** @throws PipeError always: what the fault means to the user. */
  refuse(doing: string, fault: Fault): never {
    throw refusal(this.#options.here, doing, fault);
  }

  /** @throws PipeError always: it failed too often. */
  giveUp(doing: string, reason: string): never {
    throw failed(this.#options.here, doing, reason);
  }

  async #try<T>(request: S3Request, handle: (answer: S3Answer) => Promise<T>): Promise<T> {
    // Region, clock and credentials can each be wrong once.
    for (let mended = 0; ; mended += 1) {
      try {
        return await this.#tryOnce(request, handle, mended < 3);
      } catch (error) {
        if (!(error instanceof Mended)) throw error;
      }
    }
  }

  async #tryOnce<T>(
    request: S3Request,
    handle: (answer: S3Answer) => Promise<T>,
    mayMend: boolean,
  ): Promise<T> {
    // Others change these while this request is on its way.
    const used: Used = {
      region: this.#region,
      ahead: this.#ahead,
      credentials: await this.#options.credentials(undefined),
    };
    const answer = await this.#send(request, used);
    if (answer.status < 300) return handle(answer);
    const fault = await this.#explained(await faultOf(answer), request, used);
    if (mayMend && (await this.#mend(fault, used))) throw new Mended();
    if (isBusy(fault)) throw new Transient(faultText(fault), fault.after);
    return handle({ ...answer, fault });
  }

  /** Answers to HEAD have no body that says what is wrong: the same is asked with GET. */
  async #explained(fault: Fault, request: S3Request, used: Used): Promise<Fault> {
    const { method, headers } = request;
    if (method !== 'HEAD' || fault.status === 404 || isBusy(fault)) return fault;
    const answer = await this.#send(
      { ...request, method: 'GET', headers: { ...headers, range: 'bytes=0-0' } },
      used,
    );
    if (answer.status >= 300) return faultOf(answer);
    answer.close();
    return fault;
  }

  /** @returns whether another try has better chances. */
  async #mend(fault: Fault, used: Used): Promise<boolean> {
    const { status, code, region, time } = fault;
    if (region !== undefined && region !== used.region && REGION_STATUSES.has(status)) {
      this.#region = region;
      return true;
    }
    const skew = (time ?? Date.now()) - Date.now();
    if (Math.abs(skew - used.ahead) > SKEW && code === 'RequestTimeTooSkewed') {
      this.#ahead = skew;
      return true;
    }
    if (!isExpired(fault) || used.credentials?.temporary !== true) return false;
    return (await this.#options.credentials(used.credentials)) !== used.credentials;
  }

  async #send(request: S3Request, { region, ahead, credentials }: Used): Promise<S3Answer> {
    const { method, key, query, headers = {}, body, sha256 = NO_BODY } = request;
    const { host, hostname, base } = this.#place();
    const path = base + encodePath(key === undefined ? '' : `/${key}`) || '/';
    const sorted = query ? encodeQuery(query) : '';
    const unsigned = { method, host, path, query: sorted, sha256, headers };
    const scope = { region, time: Date.now() + ahead };
    return this.#options.transport.send({
      hostname,
      method,
      path: sorted === '' ? path : `${path}?${sorted}`,
      headers: {
        'accept-encoding': 'identity',
        ...(credentials ? sign(unsigned, credentials, scope) : { ...headers, host }),
      },
      ...(body !== undefined && { body }),
    });
  }

  #place(): { readonly host: string; readonly hostname: string; readonly base: string } {
    const { bucket, endpoint, inPath } = this.#options;
    const { host, hostname, pathname } = endpoint ?? new URL(`https://${amazonHost(this.#region)}`);
    // A server behind a path gets all of it, and that is what is signed.
    const base = pathname.replace(/\/+$/, '');
    return inPath
      ? { host, hostname: bare(hostname), base: `${base}/${encode(bucket)}` }
      : { host: `${bucket}.${host}`, hostname: `${bucket}.${hostname}`, base };
  }
}

async function faultOf({ status, headers, body }: WireAnswer): Promise<Fault> {
  return readFault(status, headers, (await bodyToText(body, MOST_FAULT)).toString('utf8'));
}

const REGION_STATUSES: ReadonlySet<number> = new Set([301, 307, 400, 403]);

export function amazonHost(region: string): string {
  return `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** An address of IPv6 without its brackets. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
