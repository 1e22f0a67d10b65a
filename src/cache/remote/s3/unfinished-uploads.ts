// Uploads that were begun and not completed: by a push that was interrupted, or by one that goes on elsewhere. They take space on the
// server until somebody aborts them.
import { bodyToText } from '../body.ts';
import type { S3Client } from './s3-client.ts';
import { element, elements } from './xml.ts';
import { ABANDONED_MS } from '../temporary-files.ts';

interface Upload {
  readonly key: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
}

const MOST_BYTES = 16 << 20;
const DOING = 'look for unfinished uploads';

/** Keys of objects, behind the prefix, in each layout. A bucket can have uploads of other programs, too. */
const OBJECT = /^(?:\w+\/\w+\/)?[0-9a-f]{2}\/(?:[0-9a-f]{30}|[0-9a-f]{62})(?:\.dir)?$/;

/**
 * Aborts those of objects that are older than a week.
 * @returns the others by key, the newest first; none where the server does not say.
 */
export async function unfinishedUploads(
  client: S3Client,
  prefix: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const uploads = await listUploads(client, prefix);
  const isOld = ({ begun }: Upload): boolean => begun < Date.now() - ABANDONED_MS;
  const isOfObject = ({ key }: Upload): boolean => OBJECT.test(key.slice(prefix.length));
  for (const { key, id } of uploads.filter((upload) => isOld(upload) && isOfObject(upload)))
    await client.ask(DOING, { method: 'DELETE', key, query: { uploadId: id } }, async ({ close }) => close());
  const young = uploads.filter((upload) => !isOld(upload)).toSorted((a, b) => b.begun - a.begun);
  return new Map(
    [...Map.groupBy(young, ({ key }) => key)].map(([key, found]) => [key, found.map(({ id }) => id)]),
  );
}

async function listUploads(client: S3Client, prefix: string): Promise<readonly Upload[]> {
  const uploads: Upload[] = [];
  for (let next: Readonly<Record<string, string>> | undefined = {}; next;) {
    const query: Readonly<Record<string, string>> = { uploads: '', prefix, ...next };
    next = await client.ask(DOING, { method: 'GET', query }, async ({ body, fault }) => {
      if (fault) return undefined;
      const xml = (await bodyToText(body, MOST_BYTES)).toString('utf8');
      for (const inner of elements(xml, 'Upload'))
        uploads.push({
          key: element(inner, 'Key') ?? '',
          id: element(inner, 'UploadId') ?? '',
          begun: Date.parse(element(inner, 'Initiated') ?? ''),
        });
      const marker = element(xml, 'NextKeyMarker');
      if (element(xml, 'IsTruncated') !== 'true' || !marker) return undefined;
      const id = element(xml, 'NextUploadIdMarker');
      return { 'key-marker': marker, ...(id && { 'upload-id-marker': id }) };
    });
  }
  return uploads;
}
