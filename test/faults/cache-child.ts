// Does one piece of work on the cache of a test's project in a process of its own, and dies at a given step.
// Usage: node cache-child.ts '<JSON of ChildWork>'; prints how many steps there were.
import { join } from 'node:path';
import { collectGarbage, openStore } from '../../src/cache/cache.ts';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import { openHasher, type Content, type Digest } from '../../src/hash/hash.ts';

export interface ChildWork {
  readonly root: string;
  readonly work: 'look' | 'store' | 'restore' | 'collect';
  /** Relative to the root. */
  readonly path: string;
  /** What to restore, or what is needed. */
  readonly content?: Content;
  /** Counts from 1; none: go on to the end. */
  readonly dieAt?: number;
}

const { root, work, path, content, dieAt } = JSON.parse(process.argv[2]!) as ChildWork;
let steps = 0;
const fault = (): void => {
  steps += 1;
  if (steps === dieAt) process.kill(process.pid, 'SIGKILL');
};
const dir = join(root, 'cache');
const hasher = openHasher({ root, rules: ownLayout.content, stateFile: join(dir, 'state/stat.db') });
const store = openStore({ root, dir, layout: ownLayout, hasher, fault });
let digest: string | undefined;
if (work === 'look') digest = (await hasher.look(join(root, path)))?.digest;
else if (work === 'store') {
  const found = (await hasher.look(join(root, path)))!;
  await store.store(join(root, path), found);
  store.flush();
  const runs = openRunCache({ dir, store, fault });
  runs.save('ab'.repeat(32) as Digest, {
    cmd: 'x',
    deps: [],
    params: new Map(),
    outs: [{ path, content: found }],
  });
  digest = found.digest;
} else if (work === 'restore') digest = await store.restore(content!, join(root, path));
else {
  await collectGarbage({
    dir,
    layout: ownLayout,
    scratch: join(dir, 'placing'),
    quarantine: join(dir, 'quarantine'),
    needed: [content!],
    policy: { onlyNeeded: true },
    exclusive: true,
    fault,
  });
}
hasher.close();
process.stdout.write(JSON.stringify({ steps, digest, megabytes: process.resourceUsage().maxRSS / 1024 }));
