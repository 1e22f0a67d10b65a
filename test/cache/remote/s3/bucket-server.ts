// A bucket in the memory of the test, behind a real server on loopback: it checks each signature over what arrives, and a test may answer
// requests itself. What real servers do is tested with them (test/real/remotes).
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { openRemote, sign, type OpenRemote } from '../../../../src/cache/cache.ts';
import { makeSpace, type Space } from '../../../hash/space.ts';

export interface Asked {
  readonly method: string;
  /** As it arrived, without the query. */
  readonly path: string;
  /** Decoded, without the bucket; '' for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Upload {
  readonly key: string;
  readonly begun: string;
  readonly parts: Map<number, Buffer>;
}

export interface BucketServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  readonly uploads: Map<string, Upload>;
  readonly asked: Asked[];
  /** Keys of one page of a list. */
  pageLength: number;
  /** Which secret an access key has; a request of another is an error of the test. */
  readonly secrets: Map<string, string>;
  /** Answers a request in place of the server. @returns whether it did. */
  answer: (asked: Asked, response: ServerResponse) => boolean;
}

export const KEYS = { AWS_ACCESS_KEY_ID: 'ours', AWS_SECRET_ACCESS_KEY: 'a-secret' } as const;

export async function startBucket(t: TestContext): Promise<BucketServer> {
  const wrong: string[] = [];
  const http = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, 'http://host');
      const asked: Asked = {
        method: request.method!,
        path: pathname,
        key: decodeURIComponent(pathname).replace(/^\/bucket\/?/, ''),
        query: searchParams,
        headers: request.headers,
        body: Buffer.concat(pieces),
      };
      server.asked.push(asked);
      const why = whyWrong(request.url!, asked, server.secrets);
      if (why !== undefined) wrong.push(why);
      if (!server.answer(asked, response)) serve(asked, response, server);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: BucketServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    objects: new Map(),
    uploads: new Map(),
    asked: [],
    pageLength: 1000,
    secrets: new Map([[KEYS.AWS_ACCESS_KEY_ID, KEYS.AWS_SECRET_ACCESS_KEY]]),
    answer: () => false,
  };
  t.after(() => {
    http.closeAllConnections();
    http.close();
    assert.deepEqual(wrong, []);
  });
  return server;
}

export interface OpenedBucket {
  readonly remote: OpenRemote;
  readonly space: Space;
  readonly retries: string[];
}

/**
 * @param options of the remote, under their names; @param env of the user, who has the keys of the bucket else.
 * @param quick each request is made once, and not waited for as long.
 */
export async function openBucket(
  t: TestContext,
  { url }: Pick<BucketServer, 'url'>,
  options: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = KEYS,
  quick = false,
): Promise<OpenedBucket> {
  const space = makeSpace(t);
  const retries: string[] = [];
  const declared = Object.entries({ endpointurl: url, ...options }).map(
    ([name, value]) => [name, { value, folder: space.root, shared: false, place: () => undefined }] as const,
  );
  const one = {
    url: 's3://bucket/at',
    folder: space.root,
    place: () => undefined,
    options: new Map(declared),
  };
  const remote = await openRemote({ remotes: new Map([['b', one]]) }, 'b', {
    root: space.root,
    env: { HOME: space.root, XDG_CONFIG_HOME: space.root, AWS_EC2_METADATA_DISABLED: 'true', ...env },
    onRetry: (reason) => retries.push(reason),
    quick,
  });
  t.after(() => remote.close());
  return { remote, space, retries };
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(status, headers).end(`<Error><Code>${code}</Code><Message>on purpose</Message></Error>`);
  return true;
}

/** The signature has to be that of what arrived. @returns what is wrong. */
function whyWrong(url: string, asked: Asked, secrets: BucketServer['secrets']): string | undefined {
  const { authorization = '', host = '', 'x-amz-date': date = '', ...headers } = asked.headers;
  if (authorization === '') return undefined;
  const [, accessKeyId = '', region = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/s3\//.exec(authorization) ?? [];
  const [, year, month, day, hour, minute, second] =
    /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(date)) ?? [];
  const [path = '', query = ''] = url.split('?');
  const expected = sign(
    {
      method: asked.method,
      host,
      path,
      query,
      headers: headers as Record<string, string>,
      sha256: hash('sha256', asked.body),
    },
    { accessKeyId, secretAccessKey: secrets.get(accessKeyId) ?? 'unknown' },
    { region, time: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) },
  );
  return expected['authorization'] === authorization ? undefined : `${asked.method} ${url}: ${authorization}`;
}

/** By the bytes themselves: large ones are asked for often. */
const etags = new WeakMap<Uint8Array, string>();

export function etagOf(bytes: Uint8Array): string {
  const etag = etags.get(bytes) ?? `"${hash('md5', bytes)}"`;
  etags.set(bytes, etag);
  return etag;
}

function serve(asked: Asked, response: ServerResponse, server: BucketServer): void {
  const { method, key, query, headers, body } = asked;
  const upload = query.get('uploadId');
  if (key === '')
    return void response.end(query.has('uploads') ? uploadsIn(asked, server) : listed(asked, server));
  if (query.has('uploads')) {
    const id = `upload-${server.uploads.size + 1}`;
    server.uploads.set(id, { key, begun: new Date().toISOString(), parts: new Map() });
    return void response.end(`<R><UploadId>${id}</UploadId></R>`);
  }
  if (upload !== null) return inUpload(asked, upload, response, server);
  const object = server.objects.get(key);
  if (method === 'PUT') {
    if (object && headers['if-none-match'] === '*') return void refuse(response, 412, 'PreconditionFailed');
    server.objects.set(key, body);
    return void response.end();
  }
  if (method === 'DELETE') {
    server.objects.delete(key);
    return void response.writeHead(204).end();
  }
  if (!object)
    return void (method === 'HEAD' ? response.writeHead(404).end() : refuse(response, 404, 'NoSuchKey'));
  const etag = etagOf(object);
  if ((headers['if-match'] ?? etag) !== etag) return void refuse(response, 412, 'PreconditionFailed');
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const [start, end] = [Number(from ?? 0), to ? Number(to) + 1 : object.length];
  const part = object.subarray(start, end);
  response.writeHead(from === undefined ? 200 : 206, {
    etag,
    'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
    'content-length': part.length,
    ...(from !== undefined && {
      'content-range': `bytes ${start}-${start + part.length - 1}/${object.length}`,
    }),
  });
  response.end(method === 'HEAD' ? undefined : part);
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

function listed({ query }: Asked, { objects, pageLength }: BucketServer): string {
  const after = query.get(query.get('list-type') === '2' ? 'start-after' : 'marker') ?? '';
  const all = [...objects].filter(([key]) => key.startsWith(query.get('prefix') ?? '') && key > after);
  const page = all.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, pageLength);
  const isEncoded = query.get('encoding-type') === 'url';
  const shown = (key: string): string =>
    isEncoded ? encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/') : xml(key);
  return `<ListBucketResult>${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${
    all.length > page.length
  }</IsTruncated>${page
    .map(
      ([key, bytes]) =>
        `<Contents><Key>${shown(key)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>${xml(etagOf(bytes))}</ETag><Size>${bytes.length}</Size></Contents>`,
    )
    .join('')}</ListBucketResult>`;
}

/** Behind the marker, as many as a page has. @returns those, and whether there are more. */
function pageOf<T>(
  all: readonly T[],
  isMarker: (one: T) => boolean,
  length: number,
): readonly [readonly T[], boolean] {
  const left = all.slice(all.findIndex(isMarker) + 1);
  return [left.slice(0, length), left.length > length];
}

function uploadsIn({ query }: Asked, { uploads, pageLength }: BucketServer): string {
  const marker = query.get('upload-id-marker');
  const [page, more] = pageOf([...uploads], ([id]) => id === marker, pageLength);
  const shown = page.map(
    ([id, { key, begun }]) =>
      `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${begun}</Initiated></Upload>`,
  );
  const [id = '', { key = '' } = {}] = page.at(-1) ?? [];
  return `<R>${shown.join('')}<IsTruncated>${more}</IsTruncated><NextKeyMarker>${xml(key)}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker></R>`;
}

function inUpload(
  { method, query, body }: Asked,
  id: string,
  response: ServerResponse,
  server: BucketServer,
): void {
  const upload = server.uploads.get(id);
  if (!upload) return void refuse(response, 404, 'NoSuchUpload');
  const { key, parts } = upload;
  if (method === 'DELETE') {
    server.uploads.delete(id);
    return void response.writeHead(204).end();
  }
  if (method === 'PUT') {
    parts.set(Number(query.get('partNumber')), body);
    return void response.writeHead(200, { etag: etagOf(body) }).end();
  }
  if (method === 'GET') {
    const marker = Number(query.get('part-number-marker'));
    const [page, more] = pageOf([...parts], ([number]) => number === marker, server.pageLength);
    const shown = page.map(
      ([number, bytes]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${xml(etagOf(bytes))}</ETag><Size>${bytes.length}</Size></Part>`,
    );
    const next = `<IsTruncated>${more}</IsTruncated><NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
    return void response.end(`<R>${shown.join('')}${next}</R>`);
  }
  const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g)];
  const bytes = named.map(([, number]) => parts.get(Number(number))!);
  const isRight = named.every(([, number, etag], index) => {
    const isNext = index === 0 || Number(number) > Number(named[index - 1]![1]);
    return isNext && etag!.replaceAll('&quot;', '"') === etagOf(bytes[index]!);
  });
  if (!isRight) return void refuse(response, 400, 'InvalidPart');
  server.objects.set(key, Buffer.concat(bytes));
  server.uploads.delete(id);
  response.end('<CompleteMultipartUploadResult/>');
}
