// Lists a bucket in pages, from any key on.
import { bodyToText } from '../body.ts';
import type { Listed } from '../remote.ts';
import type { S3Client, S3Request } from './s3-client.ts';
import type { Fault } from './fault.ts';
import { element, elements } from './xml.ts';

export interface Page {
  readonly files: readonly Listed[];
  /** There are more behind the last one. */
  readonly more: boolean;
}

export interface ListRequest {
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after?: string;
  /** The first version of the request. */
  readonly old: boolean;
}

/** No page of a thousand keys is longer. */
const MOST_BYTES = 16 << 20;

/** @returns the fault where the server refuses. */
export function listPage(client: S3Client, { prefix, after, old }: ListRequest): Promise<Page | Fault> {
  const request: S3Request = {
    method: 'GET',
    query: {
      prefix,
      'encoding-type': 'url',
      ...(old ? {} : { 'list-type': '2' }),
      ...(after !== undefined && { [old ? 'marker' : 'start-after']: after }),
    },
  };
  return client.ask('list objects', request, async ({ body, fault }) => {
    if (fault) return fault;
    return parsePage((await bodyToText(body, MOST_BYTES)).toString('utf8'));
  });
}

/** All pages. */
export async function* listAll(
  client: S3Client,
  prefix: string,
  old: boolean,
): AsyncGenerator<readonly Listed[]> {
  let after: string | undefined;
  for (;;) {
    const page = await listPage(client, { prefix, old, ...(after !== undefined && { after }) });
    if ('code' in page) client.refuse('list objects', page);
    if (page.files.length > 0) yield page.files;
    after = page.files.at(-1)?.key;
    if (!page.more || after === undefined) return;
  }
}

function parsePage(xml: string): Page {
  const isEncoded = element(xml, 'EncodingType') === 'url';
  const files = elements(xml, 'Contents').map((inner): Listed => {
    const key = element(inner, 'Key') ?? '';
    const etag = element(inner, 'ETag')?.replaceAll('"', '');
    return {
      ...(etag !== undefined && { etag }),
      key: isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
      size: Number(element(inner, 'Size')),
      time: Date.parse(element(inner, 'LastModified') ?? ''),
    };
  });
  return { files, more: element(xml, 'IsTruncated') === 'true' };
}
