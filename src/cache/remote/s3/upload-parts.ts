// Uploads a large file in parts. What an interrupted upload of the same file left on the server is used again, where the server
// shows that it has the same bytes.
import { escapeHtml } from '../../../base/html.ts';
import { hash } from 'node:crypto';
import { readFault, type Fault } from './fault.ts';
import type { Headers } from './s3-headers.ts';
import type { S3Answer, S3Client, S3Request } from './s3-client.ts';
import { bodyToText } from '../body.ts';
import { inParallel } from '../in-parallel.ts';
import type { FileSource } from '../remote.ts';
import { hashPart } from './hash-part.ts';
import { element, elements } from './xml.ts';

export interface UploadOptions {
  readonly client: S3Client;
  readonly key: string;
  readonly source: FileSource;
  /** Of the request that begins an upload. */
  readonly writing: Headers;
  /** Of every request. */
  readonly customerKey: Headers;
  /** Of the request that completes it: that nothing may be there. */
  readonly condition: Headers;
  /** Unfinished uploads of the same key, the newest first. */
  readonly unfinished: readonly string[];
  readonly step: (name: string) => void;
}

interface Part {
  readonly number: number;
  readonly start: number;
  readonly length: number;
}

interface SentPart extends Part {
  readonly etag: string;
}

/** No server takes more parts. */
const MOST_PARTS = 10_000;
const LEAST_PART = 16 << 20;
/** Files of up to this size are sent in one request. */
export const SINGLE = LEAST_PART;
/** Parts of one file that are sent at once. */
const PARTS_AT_ONCE = 4;
const DOING = 'write objects';
const CHUNK = 1 << 20;
/** No answer about an upload is longer. */
const MOST_BYTES = 16 << 20;

/** @returns the fault where the server refuses the last step. */
export async function uploadParts(options: UploadOptions): Promise<Fault | undefined> {
  const { client, key, source, customerKey, condition, step } = options;
  const parts = partsOf(source.size);
  const { id, sent } = (await resumed(parts, options)) ?? { id: await begin(options), sent: [] };
  for (const { length } of sent) source.onSent?.(length);
  const done = new Map(sent.map((part) => [part.number, part]));
  const left = parts.filter(({ number }) => !done.has(number));
  await inParallel(left, PARTS_AT_ONCE, async (part) => {
    step('write part to remote');
    done.set(part.number, await sendPart(part, id, options));
  });
  step('complete on remote');
  const body = Buffer.from(completion([...done.values()].sort((a, b) => a.number - b.number)));
  const request: S3Request = {
    method: 'POST',
    key,
    query: { uploadId: id },
    headers: { 'content-type': 'application/xml', ...condition, ...customerKey },
    body,
    sha256: hash('sha256', body),
  };
  return client.ask(DOING, request, completed);
}

/** The bytes of each part of a file of this size, sent in parts or as the only one. */
export function partLength(size: number): number {
  const least = Math.max(LEAST_PART, Math.ceil(size / MOST_PARTS));
  return Math.ceil(least / CHUNK) * CHUNK;
}

/** The same for every try, so that parts of an earlier one fit. */
function partsOf(size: number): readonly Part[] {
  const length = partLength(size);
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    number: index + 1,
    start: index * length,
    length: Math.min(length, size - index * length),
  }));
}

/** The newest unfinished upload of which a part can be used again. */
async function resumed(
  parts: readonly Part[],
  options: UploadOptions,
): Promise<{ readonly id: string; readonly sent: readonly SentPart[] } | undefined> {
  for (const id of options.unfinished) {
    const sent = await sentParts(id, parts, options);
    if (sent.length > 0) return { id, sent };
  }
  return undefined;
}

/** The parts of an upload that the server has with our bytes. */
async function sentParts(
  id: string,
  parts: readonly Part[],
  { client, key, source, customerKey }: UploadOptions,
): Promise<readonly SentPart[]> {
  const listed = await listParts(client, key, id, customerKey);
  const same: SentPart[] = [];
  for (const part of parts) {
    const there = listed.get(part.number);
    if (there?.size !== part.length) continue;
    // Encrypted parts have other tags: then nothing shows that they are the same, and they are sent again.
    const md5 = await hashPart('md5', source.path, part);
    if (there.etag.replaceAll('"', '') === md5) same.push({ ...part, etag: there.etag });
  }
  return same;
}

async function listParts(
  client: S3Client,
  key: string,
  id: string,
  headers: Headers,
): Promise<ReadonlyMap<number, { readonly size: number; readonly etag: string }>> {
  const listed = new Map<number, { readonly size: number; readonly etag: string }>();
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const query: Readonly<Record<string, string>> = {
      uploadId: id,
      ...(marker !== '' && { 'part-number-marker': marker }),
    };
    marker = await client.ask(DOING, { method: 'GET', key, query, headers }, async ({ body, fault }) => {
      // It was completed or aborted meanwhile, or may not be looked at.
      if (fault) return undefined;
      const xml = (await bodyToText(body, MOST_BYTES)).toString('utf8');
      for (const part of elements(xml, 'Part'))
        listed.set(Number(element(part, 'PartNumber')), {
          size: Number(element(part, 'Size')),
          etag: element(part, 'ETag') ?? '',
        });
      return element(xml, 'IsTruncated') === 'true' ? element(xml, 'NextPartNumberMarker') : undefined;
    });
  }
  return listed;
}

function begin({ client, key, writing, customerKey, step }: UploadOptions): Promise<string> {
  step('begin upload on remote');
  const request: S3Request = {
    method: 'POST',
    key,
    query: { uploads: '' },
    headers: { 'content-type': 'application/octet-stream', ...writing, ...customerKey },
  };
  return client.ask(DOING, request, async ({ body, fault }) => {
    if (fault) return client.refuse(DOING, fault);
    const id = element((await bodyToText(body, MOST_BYTES)).toString('utf8'), 'UploadId');
    if (id === undefined) return client.refuse(DOING, readFault(200, {}, 'no UploadId in the answer'));
    return id;
  });
}

async function sendPart(part: Part, id: string, options: UploadOptions): Promise<SentPart> {
  const { client, key, source, customerKey } = options;
  const { path, parts, onSent } = source;
  const request: S3Request = {
    method: 'PUT',
    key,
    query: { partNumber: String(part.number), uploadId: id },
    headers: customerKey,
    body: { path, start: part.start, length: part.length, ...(onSent && { onSent }) },
    sha256: parts?.[part.number - 1] ?? (await hashPart('sha256', path, part)),
  };
  return client.ask(DOING, request, async ({ headers, fault, close }) => {
    if (fault) return client.refuse(DOING, fault);
    close();
    return { ...part, etag: headers.etag ?? '' };
  });
}

const completion = (parts: readonly SentPart[]): string =>
  `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts
    .map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeHtml(etag)}</ETag></Part>`,
    )
    .join('')}</CompleteMultipartUpload>`;

/** The server may begin its answer before it knows whether it fails. */
async function completed({ body, headers, fault }: S3Answer): Promise<Fault | undefined> {
  if (fault) return fault;
  const text = (await bodyToText(body, MOST_BYTES)).toString('utf8');
  return element(text, 'Error') === undefined ? undefined : readFault(500, headers, text);
}
