// Uploads files into a run's artifacts. Hashes them first, so that the server gets the bytes of the record. There are three kinds of
// artifact roots: the server's own proxy, a folder of this machine, everything else.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkArtifactPath, encodeArtifactPath } from './artifact-path.ts';
import { MlflowError } from './errors.ts';
import type { BodyBytes } from './fetch.ts';
import type { Http } from './http.ts';
import type { RunInfo } from './types.ts';

export interface Upload {
  /** In the run. */
  readonly path: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** Lower-case hex; compared before anything is sent. */
  readonly sha256?: string;
}

/** Up to here a file is read whole: one read serves the hash and all tries. */
const WHOLE = 4 << 20;
const CHUNK = 1 << 20;
/** What `upload-artifact` takes. */
const PROXY_LIMIT = 10 << 20;

/** @throws MlflowError `BAD_ARTIFACT` when the file is missing or differs from its hash, or its root takes no such file. */
export async function uploadArtifact(
  http: Http,
  run: Pick<RunInfo, 'run_id' | 'artifact_uri'>,
  upload: Upload,
): Promise<void> {
  const path = checkArtifactPath(upload.path);
  const source = await openSource(upload);
  const proxied = proxyUrl(run.artifact_uri);
  if (proxied !== undefined) {
    await http.call({ method: 'PUT', path: `${proxied}/${encodeArtifactPath(path)}`, body: source });
    return;
  }
  const folder = localFolder(run.artifact_uri);
  if (source.size > PROXY_LIMIT) {
    if (folder === undefined || !isLoopback(http.baseUrl)) throw tooLarge(upload, run.artifact_uri);
    // A server on this machine writes into the same folder.
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(upload.file, target);
    return;
  }
  await http.call({
    method: 'POST',
    path: '/ajax-api/2.0/mlflow/upload-artifact',
    query: { run_uuid: run.run_id, path },
    body: source,
  });
}

/** The proxy's address of a run's artifacts, or undefined where the server does not proxy them. */
function proxyUrl(artifactUri: string): string | undefined {
  const match = /^mlflow-artifacts:(?:\/\/([^/]*))?\/(.*)$/.exec(artifactUri);
  if (!match) return /^https?:/.test(artifactUri) ? artifactUri.replace(/\/+$/, '') : undefined;
  const path = match[2]!.replace(/^\/+|\/+$/g, '');
  const below = `/api/2.0/mlflow-artifacts/artifacts/${path}`;
  return match[1] ? `http://${match[1]}${below}` : below;
}

function localFolder(artifactUri: string): string | undefined {
  if (artifactUri.startsWith('/')) return artifactUri;
  return artifactUri.startsWith('file:') ? fileURLToPath(artifactUri) : undefined;
}

const isLoopback = (baseUrl: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(baseUrl).hostname);

interface Source {
  readonly size: number;
  readonly open: (progress: () => void) => BodyBytes;
}

async function openSource(upload: Upload): Promise<Source> {
  try {
    const { size } = await stat(upload.file);
    if (size <= WHOLE) {
      const bytes = (await readFile(upload.file)) as Uint8Array<ArrayBuffer>;
      compare(
        upload,
        upload.sha256 === undefined ? undefined : createHash('sha256').update(bytes).digest('hex'),
      );
      return { size: bytes.length, open: () => bytes };
    }
    compare(upload, upload.sha256 === undefined ? undefined : await hashOf(upload.file));
    return { size, open: (progress) => streamOf(upload.file, size, progress) };
  } catch (error) {
    if (error instanceof MlflowError) throw error;
    throw new MlflowError(
      {
        code: 'BAD_ARTIFACT',
        message: `${upload.file} cannot be read`,
        hint: 'Run the pipeline again, then send.',
      },
      error,
    );
  }
}

function compare(upload: Upload, actual: string | undefined): void {
  if (actual === upload.sha256) return;
  throw new MlflowError({
    code: 'BAD_ARTIFACT',
    message: `${upload.file} is not what the record names: sha256 ${actual?.slice(0, 12)}…, recorded ${upload.sha256?.slice(0, 12)}…`,
    hint: 'The file was changed after the record was made: run the pipeline again, then send.',
  });
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

function streamOf(file: string, size: number, progress: () => void): ReadableStream<Uint8Array> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK, end: size - 1 })) {
      progress();
      yield chunk as Uint8Array;
    }
  }
  return ReadableStream.from(chunks());
}

const tooLarge = (upload: Upload, root: string): MlflowError =>
  new MlflowError({
    code: 'BAD_ARTIFACT',
    message: `${upload.path}: the server takes at most 10 MB for artifacts below ${root}`,
    hint: 'Let the server proxy its artifacts (mlflow server --artifacts-destination …), and use an experiment made after that.',
  });
