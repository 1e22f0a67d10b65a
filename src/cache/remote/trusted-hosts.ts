// Which servers the user let have the credentials of a remote: one file of the user's, outside of every repository, since
// whatever is inside can come with a clone.
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runProgram } from '../../base/run-program.ts';
import { userFolder } from '../../base/user-folder.ts';
import { isInGit } from '../../disk/in-git.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import type { Environment } from './credentials.ts';

/** By absolute root of the project and name of the remote. */
export interface TrustedHosts {
  /** Absolute path of the file. */
  readonly file: string;
  /** Scheme, host and port. */
  origin(root: string, remote: string): string | undefined;
  /** @throws Error where the file cannot be written. */
  trust(root: string, remote: string, origin: string): void;
}

type Table = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

export function openTrustedHosts(env: Environment): TrustedHosts {
  const folder = userFolder(env);
  const file = join(folder, 'trusted-hosts.json');
  return {
    file,
    origin: (root, remote) => readTable(file)[root]?.[remote],
    trust(root, remote, origin) {
      const table = readTable(file);
      const text = JSON.stringify({ ...table, [root]: { ...table[root], [remote]: origin } }, null, 2);
      mkdirSync(folder, { recursive: true });
      replaceFile(file, `${text}\n`, { temporary: `${file}.${process.pid}.new` });
    },
  };
}

/** Nothing where it is lost or damaged: then the user is asked again. */
function readTable(file: string): Table {
  try {
    const table: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof table === 'object' && table !== null ? (table as Table) : {};
  } catch {
    return {};
  }
}

/**
 * Whether git tracks a file, so that it can have come with a clone. Where git cannot say, it can have, too.
 * @param file absolute path of a file that exists.
 */
export function isCommitted(file: string): boolean {
  const real = realpathSync(file);
  return [file, real].some((path) => isTracked(dirname(path), basename(path)));
}

function isTracked(folder: string, name: string): boolean {
  if (!isInGit(realpathSync(folder))) return false;
  const args = ['-c', 'core.fsmonitor=false', 'ls-files', '-z', '--', `:(literal)${name}`];
  const end = runProgram('git', args, { cwd: folder });
  return end.kind !== 'exited' || end.code !== 0 || end.stdout !== '';
}
