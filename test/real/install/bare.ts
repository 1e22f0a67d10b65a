// A machine on which almost nothing is installed, for an engine that is: the usual programs of a shell, a folder of the user's
// own, no git, no Python, no Node; the user may write nowhere else.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of Debian's user `nobody`; tests that do not run as root run as their own user, who has no rights either. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const PROGRAMS = ['cat', 'cp', 'env', 'printf', 'rm', 'sh', 'sleep', 'wc'];

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Bare {
  /** For installations: readable by the user. */
  readonly folder: string;
  /** What PATH has by default. */
  readonly programs: string;
  /** A new folder of the user's own. */
  readonly project: (name: string) => string;
  /** @param env all of it: as after `env -i`. */
  readonly run: (cwd: string, env: NodeJS.ProcessEnv, program: string, ...args: readonly string[]) => Ran;
  readonly remove: () => void;
}

export function makeBare(): Bare {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-bare-')));
  chmodSync(top, 0o755);
  const folder = join(top, 'été with spaces');
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  for (const name of PROGRAMS) {
    const path = ['/bin', '/usr/bin'].map((place) => join(place, name)).find((path) => existsSync(path));
    if (path === undefined) throw new Error(`${name} is missing on this machine`);
    symlinkSync(path, join(programs, name));
  }
  return {
    folder,
    programs,
    project(name) {
      const path = join(folder, name);
      mkdirSync(path);
      if (USER.uid !== undefined) chownSync(path, USER.uid, USER.gid);
      return path;
    },
    run(cwd, env, program, ...args) {
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd,
        env,
        encoding: 'utf8',
        ...USER,
      });
      if (error) throw error;
      return { status, stdout, stderr };
    },
    remove: () => rmSync(top, { recursive: true }),
  };
}
