// What S3 answers in place of what was asked for.
import type { AnswerHeaders } from './wire.ts';
import { element } from './xml.ts';

export interface Fault {
  readonly status: number;
  /** `NoSuchKey`; '' where the answer has no body. */
  readonly code: string;
  readonly message: string;
  /** The region that the bucket is in, where the server says so. */
  readonly region: string | undefined;
  /** The server's clock, in milliseconds since 1970. */
  readonly time: number | undefined;
  /** Milliseconds to wait before the next try. */
  readonly after: number | undefined;
}

/** @param text the body of the answer. */
export function readFault(status: number, headers: AnswerHeaders, text: string): Fault {
  const error = element(text, 'Error') ?? text;
  const time = Date.parse(headers.date ?? '');
  const region = headers['x-amz-bucket-region'] ?? element(error, 'Region');
  return {
    status,
    code: element(error, 'Code') ?? '',
    message: element(error, 'Message') ?? '',
    region: typeof region === 'string' && region !== '' ? region : undefined,
    time: Number.isNaN(time) ? undefined : time,
    after: retryAfter(headers['retry-after']),
  };
}

function retryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}

const BUSY: ReadonlySet<string> = new Set([
  'InternalError',
  'OperationAborted',
  'ConditionalRequestConflict',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'XMinioServerNotInitialized',
  // What arrived is not what was sent.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
]);

/** The same request may go well another time. */
export function isBusy({ status, code }: Fault): boolean {
  if (BUSY.has(code)) return true;
  return (
    status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 507)
  );
}

/** Temporary credentials are over. */
export const isExpired = ({ code }: Fault): boolean =>
  code === 'ExpiredToken' || code === 'TokenRefreshRequired' || code === 'ExpiredTokenException';

/** In a few words. */
export function faultText({ status, code, message }: Fault): string {
  if (code === '') return `it answers with status ${status}`;
  return message === '' ? `${code} (status ${status})` : `${code}: ${message}`;
}
