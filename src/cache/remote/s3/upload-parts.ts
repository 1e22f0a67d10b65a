// Uploads a large file in parts. What an interrupted upload of the same file left on the server is used again, where the server
// shows that it has the same bytes.
import { escapeHtml } from '../../../base/html.ts';
import { createHash, hash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { readFault, type Fault } from './fault.ts';
import type { Headers } from './s3-headers.ts';
import type { S3Answer, S3Client, S3Request } from './s3-client.ts';
import { bodyToText } from '../body.ts';
import { inParallel } from '../../../base/in-parallel.ts';
import { Damaged, type FileSource } from '../remote.ts';
import type { PartMemory } from './part-memory.ts';
import { readPart, wholeHash } from './read-part.ts';
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
  readonly memory: PartMemory;
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

interface ListedPart {
  readonly size: number;
  readonly etag: string;
}

/** By number. */
type Parts = ReadonlyMap<number, ListedPart>;

const NOTHING: Parts = new Map();

/** No server takes more parts. */
const MOST_PARTS = 10_000;
const LEAST_PART = 16 << 20;
/** Files of up to this size are sent in one request. */
export const SINGLE = LEAST_PART;
/** Parts of one file that are read or sent at once. */
const PARTS_AT_ONCE = 4;
const DOING = 'write objects';
const CHUNK = 1 << 20;
/** No answer about an upload is longer. */
const MOST_BYTES = 16 << 20;

/**
 * Reads the file once, in its order, and sends each part while the next ones are read.
 * @returns the fault where the server refuses the last step, or the upload is gone. @throws Damaged
 */
export async function uploadParts(options: UploadOptions): Promise<Fault | undefined> {
  const { client, key, source, customerKey, condition, step } = options;
  const file = await open(source.path);
  try {
    const parts = partsOf(source.size);
    const upload = (await resumed(parts, file, options)) ?? { id: await begin(options), there: NOTHING };
    const { hex } = source.checksum ?? {};
    const came = await sendParts(parts, file, upload, options).catch((error: unknown) =>
      asGone(error, upload, options),
    );
    if ('code' in came) return came;
    const { sent, digest } = came;
    if (digest !== undefined && digest !== hex) {
      await abort(upload, options);
      throw new Damaged();
    }
    step('complete on remote');
    const body = Buffer.from(completion(sent));
    const request: S3Request = {
      method: 'POST',
      key,
      query: { uploadId: upload.id },
      headers: { 'content-type': 'application/xml', ...condition, ...customerKey },
      body,
      sha256: hash('sha256', body),
    };
    return await client.ask(DOING, request, completed);
  } finally {
    await file.close();
  }
}

/** One that is not complete. */
interface Upload {
  readonly id: string;
  /** By their numbers, the parts that the server has from an earlier try. */
  readonly there: Parts;
}

/** @returns the fault where the server has the upload no more. @throws error where it has it, or does not say. */
async function asGone(
  error: unknown,
  { id }: Upload,
  { client, key, customerKey }: UploadOptions,
): Promise<Fault> {
  const request: S3Request = { method: 'GET', key, query: { uploadId: id }, headers: customerKey };
  const asked = client.ask(DOING, request, async ({ fault, close }) => {
    if (!fault) close();
    return fault;
  });
  const fault = await asked.catch(() => undefined);
  if (fault?.code !== 'NoSuchUpload') throw error;
  return fault;
}

/** @returns all parts in their order, and the digest of the whole where it is to be checked. */
async function sendParts(
  parts: readonly Part[],
  file: FileHandle,
  upload: Upload,
  options: UploadOptions,
): Promise<{ readonly sent: readonly SentPart[]; readonly digest: string | undefined }> {
  const { source, memory, step } = options;
  const whole = wholeHash(source);
  const sent: SentPart[] = [];
  let reading: Promise<unknown> = Promise.resolve();
  await inParallel([...parts.entries()], PARTS_AT_ONCE, ([index, part]) =>
    memory.lend(part.length, async (bytes) => {
      const turn = reading.then(() => readHashed(part, file, bytes, whole, upload, options));
      reading = turn;
      const read = await turn;
      if (typeof read !== 'string') {
        sent[index] = read;
        source.onSent?.(part.length);
        return;
      }
      step('write part to remote');
      sent[index] = await sendPart(part, { bytes, sha256: read }, upload.id, options);
    }),
  );
  return { sent, digest: whole?.digest('hex') };
}

/** @returns the part where the server has it, else its sha256. */
async function readHashed(
  part: Part,
  file: FileHandle,
  bytes: Buffer,
  whole: Hash | undefined,
  { there }: Upload,
  { client, source }: UploadOptions,
): Promise<SentPart | string> {
  const listed = there.get(part.number);
  const own = createHash(listed ? 'md5' : 'sha256');
  if (!(await readPart(file, part.start, bytes, whole ? [whole, own] : [own])))
    return client.giveUp(DOING, `'${source.path}' became shorter while it was sent`);
  const digest = own.digest('hex');
  if (!listed) return digest;
  return isOf(listed, digest) ? { ...part, etag: listed.etag } : hash('sha256', bytes);
}

/** The bytes of each part of a file of this size. */
function partLength(size: number): number {
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

/** The newest unfinished upload of these bytes, as far as its first part shows. */
async function resumed(
  parts: readonly Part[],
  file: FileHandle,
  { client, key, customerKey, unfinished, memory }: UploadOptions,
): Promise<Upload | undefined> {
  for (const id of unfinished) {
    const listed = await listParts(client, key, id, customerKey);
    const same = parts.filter(({ number, length }) => listed.get(number)?.size === length);
    const there = new Map(same.map(({ number }) => [number, listed.get(number)!]));
    const [first] = same;
    if (!first) continue;
    const isSame = await memory.lend(first.length, async (bytes) => {
      const md5 = createHash('md5');
      return (
        (await readPart(file, first.start, bytes, [md5])) && isOf(there.get(first.number)!, md5.digest('hex'))
      );
    });
    if (isSame) return { id, there };
  }
  return undefined;
}

/** Encrypted parts have other tags: then nothing shows that they are the same, and they are sent again. */
const isOf = ({ etag }: ListedPart, md5: string): boolean => etag.replaceAll('"', '') === md5;

async function abort({ id }: Upload, { client, key }: UploadOptions): Promise<void> {
  const request: S3Request = { method: 'DELETE', key, query: { uploadId: id } };
  await client.ask(DOING, request, async ({ close }) => close());
}

async function listParts(client: S3Client, key: string, id: string, headers: Headers): Promise<Parts> {
  const listed = new Map<number, ListedPart>();
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

async function sendPart(
  part: Part,
  { bytes, sha256 }: { readonly bytes: Buffer; readonly sha256: string },
  id: string,
  { client, key, source: { onSent }, customerKey }: UploadOptions,
): Promise<SentPart> {
  const request: S3Request = {
    method: 'PUT',
    key,
    query: { partNumber: String(part.number), uploadId: id },
    headers: customerKey,
    body: { bytes, ...(onSent && { onSent }) },
    sha256,
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
