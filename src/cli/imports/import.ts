// `pipe import`: data of another repository, tracked together with where it came from.
import { secretInGitUrl, withoutGitSecrets } from '../../base/git-url-secrets.ts';
import type { Origin } from '../../pipeline/stage.ts';
import { importNew, refuseSecret, type ImportFlags } from './import-new.ts';

export interface ImportRepositoryFlags extends Omit<ImportFlags, 'toRemote'> {
  readonly out?: string;
  readonly rev?: string;
  /** Of the other repository. */
  readonly remote?: string;
}

/** @param url of git, or a path. @param path in the repository. @returns the exit code. */
export function importCommand(url: string, path: string, flags: ImportRepositoryFlags): Promise<number> {
  refuseSecret(
    secretInGitUrl(url),
    withoutGitSecrets(url),
    'leave it out, and let git ask its credential helper (`git help credentials`)',
  );
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
