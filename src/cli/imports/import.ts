// `pipe import`: data of another repository, tracked together with where it came from.
import { PipeError } from '../../base/problem.ts';
import type { Origin } from '../../pipeline/stage.ts';
import { secretIn, withoutSecrets } from '../../base/url-secrets.ts';
import { importNew, type ImportFlags } from './import-new.ts';

export interface ImportRepositoryFlags extends Omit<ImportFlags, 'toRemote'> {
  readonly out?: string;
  readonly rev?: string;
  /** Of the other repository. */
  readonly remote?: string;
}

/** @param url of git, or a path. @param path in the repository. @returns the exit code. */
export function importCommand(url: string, path: string, flags: ImportRepositoryFlags): Promise<number> {
  const secret = secretIn(url);
  if (secret !== undefined)
    throw new PipeError({
      code: 'remote-secret',
      title: `the ${secret} in the URL ${withoutSecrets(url)} would be written into a file that is committed`,
      hint: 'leave it out, and let git ask its credential helper (`git help credentials`)',
    });
  const { rev, remote } = flags;
  const origin: Origin = {
    kind: 'repository',
    url,
    path,
    ...(rev !== undefined && { rev }),
    ...(remote !== undefined && { remote }),
  };
  return importNew(origin, path, flags.out, flags);
}
