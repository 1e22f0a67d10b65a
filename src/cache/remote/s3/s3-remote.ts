// A bucket of S3, or of what speaks its protocol, as a remote.
import { createHash, hash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Fault as CrashPoint } from '../../../disk/crash-point.ts';
import { inParallel } from '../../../base/in-parallel.ts';
import type { Wait } from '../persistently.ts';
import {
  Damaged,
  type FileSource,
  type FileVersion,
  type Listed,
  type Remote,
  type Source,
} from '../remote.ts';
import { download } from './download.ts';
import { downloadParts } from './download-parts.ts';
import type { Fault } from './fault.ts';
import { findMany } from './find-many.ts';
import { listAll, listPage } from './list-bucket.ts';
import { PartMemory } from './part-memory.ts';
import { readPart, wholeHash } from './read-part.ts';
import type { S3Client, S3Request } from './s3-client.ts';
import type { Headers } from './s3-headers.ts';
import { SINGLE, uploadParts } from './upload-parts.ts';
import { unfinishedUploads } from './unfinished-uploads.ts';

export interface S3RemoteOptions {
  readonly name: string;
  /** As declared. */
  readonly url: string;
  readonly client: S3Client;
  /** Before every key; '' or ending in a slash. */
  readonly prefix: string;
  readonly listsOld: boolean;
  /** Go with the first request that writes an object. */
  readonly writing: Headers;
  /** Go with every request about an object. */
  readonly customerKey: Headers;
  readonly onRetry?: (reason: string) => void;
  readonly wait?: Wait;
  /** A step that changes something there. */
  readonly step: CrashPoint;
  readonly close: () => void;
}

const LOOKING = 'look for objects';
const WRITING = 'write objects';
/** Requests at once: a server far away answers each after some tens of milliseconds. */
const JOBS = 16;

export function openS3Remote(options: S3RemoteOptions): Remote {
  const { name, url, client, prefix, customerKey, listsOld } = options;
  const here = { name, url };
  const memory = new PartMemory();
  let bucket: Promise<void> | undefined;
  let unfinished: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  /** The server takes conditions. */
  let conditional = true;

  const version = (key: string): Promise<FileVersion | undefined> => {
    const request: S3Request = { method: 'HEAD', key: prefix + key, headers: customerKey };
    return client.ask(LOOKING, request, async ({ headers, fault }) => {
      if (fault?.status === 404) {
        await (bucket ??= requireBucket());
        return undefined;
      }
      if (fault) return client.refuse(LOOKING, fault);
      const etag = headers.etag?.replaceAll('"', '');
      const time = Date.parse(headers['last-modified'] ?? '');
      return {
        size: Number(headers['content-length']),
        ...(etag !== undefined && { etag }),
        ...(!Number.isNaN(time) && { time }),
      };
    });
  };
  const size = async (key: string): Promise<number | undefined> => (await version(key))?.size;

  return {
    ...here,
    jobs: JOBS,
    checks: true,
    size,
    version,
    sizes: (keys, jobs) => findMany(keys, { size, jobs, list }),
    read: (key, take) => download({ ...options, key: prefix + key }, take),
    async readParts(key, lacking, take) {
      const found = await version(key);
      if (found === undefined) return 'missing';
      const { etag = '' } = found;
      // A weak tag names no bytes.
      if (found.size !== lacking.size || etag === '' || etag.startsWith('W/')) return 'unfit';
      if ((lacking.version ?? etag) !== etag) return 'unfit';
      lacking.onVersion(etag);
      const whole = await downloadParts(lacking.ranges, take, { ...options, key: prefix + key, etag });
      return whole ? 'read' : 'unfit';
    },
    async write(key, source, replace) {
      options.step('write to remote');
      const fault = await put(prefix + key, source, !replace && conditional);
      if (fault === undefined) return 'written';
      if (fault.status === 412) return 'exists';
      if (!isUnknownCondition(fault)) return client.refuse(WRITING, fault);
      conditional = false;
      const other = await put(prefix + key, source, false);
      return other === undefined ? 'written' : client.refuse(WRITING, other);
    },
    // A server answers when an object is safe.
    settle: () => Promise.resolve(),
    async *list(folder) {
      const below = folder === '' ? prefix : `${prefix}${folder}/`;
      for await (const page of listAll(client, below, listsOld)) yield page.map(ours);
    },
    remove: (keys) => inParallel(keys, JOBS, remove),
    async close() {
      options.close();
    },
  };

  /** The answer to HEAD is the same for an object and a bucket that do not exist. */
  async function requireBucket(): Promise<void> {
    const page = await listPage(client, { prefix, after: prefix, old: listsOld });
    // Who may read objects may not always list them.
    if ('code' in page && page.status === 404) client.refuse(LOOKING, page);
  }

  async function list(
    folder: string,
    after: string,
  ): Promise<{ readonly files: readonly Listed[]; readonly more: boolean } | undefined> {
    const page = await listPage(client, { prefix: prefix + folder, after: prefix + after, old: listsOld });
    if (!('code' in page)) return { files: page.files.map(ours), more: page.more };
    if (page.status === 403 || page.status === 501) return undefined;
    return client.refuse(LOOKING, page);
  }

  function ours(file: Listed): Listed {
    return { ...file, key: file.key.slice(prefix.length) };
  }

  /** @returns the fault where the server refuses. @throws Damaged */
  async function put(key: string, source: Source, isNew: boolean): Promise<Fault | undefined> {
    const condition: Headers = isNew ? { 'if-none-match': '*' } : {};
    if ('text' in source) return putBytes(key, Buffer.from(source.text), condition);
    const { path, size, bytes, checksum } = source;
    const known = checksum?.algorithm === 'sha256' ? checksum.hex : undefined;
    if (bytes) return putBytes(key, bytes, condition, { sha256: known });
    if (size > SINGLE) return putLarge(key, source, condition, isNew);
    return memory.lend(size, async (read) => {
      const whole = wholeHash(source);
      const own = known === undefined ? createHash('sha256') : undefined;
      await readFile(
        path,
        read,
        [whole, own].filter((hash) => hash !== undefined),
      );
      if (whole && whole.digest('hex') !== checksum!.hex) throw new Damaged();
      return putBytes(key, read, condition, { sha256: known ?? own!.digest('hex'), onSent: source.onSent });
    });
  }

  /** @throws Error where the file has fewer bytes. */
  async function readFile(path: string, into: Buffer, hashes: readonly Hash[]): Promise<void> {
    const file = await open(path);
    try {
      if (!(await readPart(file, 0, into, hashes)))
        client.giveUp(WRITING, `'${path}' became shorter while it was sent`);
    } finally {
      await file.close();
    }
  }

  async function putBytes(
    key: string,
    bytes: Buffer,
    condition: Headers,
    { sha256 = hash('sha256', bytes), onSent }: PutOptions = {},
  ): Promise<Fault | undefined> {
    const request: S3Request = {
      method: 'PUT',
      key,
      headers: {
        'content-type': 'application/octet-stream',
        ...condition,
        ...options.writing,
        ...customerKey,
      },
      body: { bytes, ...(onSent && { onSent }) },
      sha256,
    };
    return client.ask(WRITING, request, async ({ fault, close }) => {
      close();
      return fault;
    });
  }

  async function putLarge(
    key: string,
    source: FileSource,
    condition: Headers,
    isNew: boolean,
  ): Promise<Fault | undefined> {
    const { writing, step } = options;
    const known = (await (unfinished ??= unfinishedUploads(client, prefix))).get(key) ?? [];
    let fault: Fault | undefined;
    for (const uploads of [known, []]) {
      fault = await uploadParts({
        client,
        key,
        source,
        writing,
        customerKey,
        condition,
        step,
        memory,
        unfinished: uploads,
      });
      if (!fault || !TAKEN.has(fault.code)) return fault;
      // Somebody else completed the same upload, or we did, and the answer was lost. What was there before is not taken for it.
      if (isNew && (await size(key.slice(prefix.length))) === source.size) return undefined;
    }
    return fault;
  }

  function remove(key: string): Promise<void> {
    options.step('remove from remote');
    const request: S3Request = { method: 'DELETE', key: prefix + key };
    return client.ask('remove objects', request, async ({ fault, close }) => {
      close();
      if (fault && fault.status !== 404) return client.refuse('remove objects', fault);
      return undefined;
    });
  }
}

/** Pushes of the same file share an upload: another completed it, aborted it, or sent other bytes. */
const TAKEN: ReadonlySet<string> = new Set(['NoSuchUpload', 'InvalidPart']);

interface PutOptions {
  readonly sha256?: string | undefined;
  readonly onSent?: FileSource['onSent'] | undefined;
}

/** What servers without conditions answer. */
const isUnknownCondition = ({ status, code, message }: Fault): boolean =>
  status === 501 || code === 'NotImplemented' || (status === 400 && /if-none-match/i.test(message));
