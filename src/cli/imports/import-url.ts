// `pipe import-url`: data from a server, a bucket or a folder, tracked together with where it came from.
import { fileURLToPath } from 'node:url';
import { PipeError } from '../../base/problem.ts';
import { secretIn, withoutSecrets } from '../../base/url-secrets.ts';
import { folderHere, workspacePath } from '../../base/workspace-path.ts';
import type { Origin } from '../../pipeline/stage.ts';
import { refuseLoneRemote } from './to-remote.ts';
import { importNew, projectHere, refuseSecret, type ImportFlags } from './import-new.ts';

export interface ImportUrlFlags extends ImportFlags {
  readonly versionAware?: true;
  readonly fsConfig?: readonly string[];
}

/** @param to where its data is put; default: its name, here. @returns the exit code. */
export async function importUrlCommand(
  given: string,
  to: string | undefined,
  flags: ImportUrlFlags,
): Promise<number> {
  refuseOptions(flags);
  refuseSecret(
    secretIn(given),
    withoutSecrets(given),
    'declare the server as a remote with its credentials, and import remote://NAME/PATH; or `pipe get` the file, and `pipe add` it',
  );
  const found = projectHere();
  const url = given.toLowerCase().startsWith('file://') ? fileURLToPath(given) : given;
  const folder = folderHere(found.root);
  const origin: Origin = { kind: 'url', url, at: workspacePath(found.root, folder, url) };
  return importNew(origin, url, to, flags);
}

function refuseOptions(flags: ImportUrlFlags): void {
  const { versionAware, fsConfig } = flags;
  refuseLoneRemote(flags);
  if (!versionAware && fsConfig === undefined) return;
  const option = versionAware ? '--version-aware' : '--fs-config';
  throw new PipeError({
    code: 'source-unsupported',
    title: `${option} is not supported`,
    hint: versionAware
      ? 'leave it out: the data is kept in the cache, and remotes have it'
      : 'declare a remote with these options, and import remote://NAME/PATH',
  });
}
