// Other repositories of this machine, and stores for what comes from them.
import { execFileSync } from 'node:child_process';
import { openForeignStore, openRepository } from '../../src/repository/repository.ts';
import type { Space } from '../hash/space.ts';
import { layouts } from '../layouts.ts';

export function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
}

export function commit(folder: string, message: string): string {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', message);
  return git(folder, 'rev-parse', 'HEAD');
}

type Opened = Awaited<ReturnType<typeof openRepository>>;
type Store = ReturnType<typeof openForeignStore>;

export const storeIn = (space: Space, layout: object = layouts.pipe, temporary = false): Store =>
  openForeignStore({ layout, extendStore: ({ store }: { store: unknown }) => store } as never, {
    dir: space.path('cache'),
    scratch: space.path('scratch'),
    root: space.root,
    temporary,
  });

export const open = (
  url: string,
  more: Partial<Parameters<typeof openRepository>[0]> = {},
): Promise<Opened> =>
  openRepository({ url, bases: ['/'], rev: undefined, committed: true, path: '.', ...more });
