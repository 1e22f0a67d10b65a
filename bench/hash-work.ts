// One piece of work of bench/hash.ts in a process of its own, so that its CPU time and memory are its own.
// Usage: node bench/hash-work.ts <store|look|restore> <folder> <name>
import { join } from 'node:path';
import { objectsFolder, openStore } from '../src/cache/cache.ts';
import { openHasher } from '../src/hash/hash.ts';
import { ownLayout } from '../src/own/own.ts';

const [work, root, name] = process.argv.slice(2) as [string, string, string];
const dir = join(root, 'cache');
const hasher = openHasher({
  root,
  rules: ownLayout.content,
  stateFile: join(dir, 'state/stat.db'),
  objects: objectsFolder(dir, ownLayout),
});
const path = join(root, name);
const started = performance.now();

const content = (await hasher.look(path))!;
if (work === 'store') {
  const store = openStore({ root, dir, layout: ownLayout, hasher });
  await store.store(path, content);
  store.flush();
} else if (work === 'restore') {
  const store = openStore({ root, dir, layout: ownLayout, hasher });
  const restored = await store.restore(content, join(root, 'restored'));
  if (restored !== 'restored') throw new Error(restored);
}
hasher.close();

const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - started) / 1000,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: maxRSS / 1024,
    digest: content.digest,
  }),
);
