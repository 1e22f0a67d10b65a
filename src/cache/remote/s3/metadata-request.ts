// Asks the services of AWS that give credentials: those of a container, of a machine, and of security tokens. Small answers, soon or
// never, and past every proxy.
import { Agent, request as requestHttp } from 'node:http';
import { Agent as SecureAgent, request as requestHttps } from 'node:https';
import { bodyToText } from '../body.ts';

export interface MetadataRequest {
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole of it. */
  readonly patience: number;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly text: string;
}

const MOST_BYTES = 1 << 20;

/** @throws Error where nothing answers in time. */
export function askMetadata(
  url: URL,
  { method = 'GET', headers = {}, body, patience }: MetadataRequest,
): Promise<MetadataAnswer> {
  const isSecure = url.protocol === 'https:';
  const agent = isSecure ? new SecureAgent() : new Agent();
  return new Promise((resolve, reject) => {
    const ask = isSecure ? requestHttps : requestHttp;
    const signal = AbortSignal.timeout(patience);
    const request = ask(url, { method, headers, agent, signal }, (response) => {
      bodyToText(response, MOST_BYTES).then(
        (text) => resolve({ status: response.statusCode!, text: text.toString('utf8') }),
        reject,
      );
    });
    request.on('error', (error) =>
      reject(signal.aborted ? new Error(`no answer in ${patience / 1000} s`) : error),
    );
    request.end(body);
  });
}
