// Prints the adapters that Dawn finds, as JSON: `node list-adapters.ts`. A program of its own, since loading drivers takes a while and may
// crash.
import { kindOf, type AdapterDescription } from './adapter-kind.ts';
import { findPackage, importDawn } from './dawn.ts';
import type { Adapter } from './adapters.ts';

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** No adapter has this name: Dawn answers with the names of all, the strongest first. */
const NO_NAME = 'names of all adapters, please';

const { create } = await importDawn(findPackage('webgpu')!);
const found: Adapter[] = [];
for (const [name, { backend, count }] of await names()) {
  const adapter = await create([`backend=${backend}`, `adapter=${name}`]).requestAdapter({
    powerPreference: 'high-performance',
  });
  if (adapter === null) continue;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info as AdapterInfo;
  const described: AdapterDescription = {
    name,
    vendor,
    architecture,
    driver: description,
    isFallback: isFallbackAdapter ?? false,
  };
  found.push({ ...described, kind: kindOf(described), count });
}
process.stdout.write(`${JSON.stringify(found)}\n`);
// Dawn keeps the process alive.
process.exit();

/** By name: the first graphics interface that has the adapter, and how many of that name it has. */
async function names(): Promise<ReadonlyMap<string, { readonly backend: string; readonly count: number }>> {
  const answer: unknown = await create([`adapter=${NO_NAME}`])
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => error);
  const text = answer instanceof Error ? answer.message : String(answer);
  const byName = new Map<string, { backend: string; count: number }>();
  for (const [, backend, name] of text.matchAll(/^ \* backend: '(\w+)', name: '(.*)'$/gm)) {
    const known = byName.get(name!);
    if (known === undefined) byName.set(name!, { backend: backend!, count: 1 });
    else if (known.backend === backend) known.count++;
  }
  return byName;
}
