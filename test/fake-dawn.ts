// A package `webgpu` that answers as Dawn does, for the adapters of a made-up machine.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeAdapter {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly driver: string;
  readonly isFallback: boolean;
}

/** What loading it does; by default it lists the adapters. */
export type Behaviour = 'list' | 'nothing' | 'crash' | 'throw';

/** @param home the folder that TFJS_NODE_HOME names */
export function fakeDawn(
  home: string,
  adapters: readonly FakeAdapter[],
  behaviour: Behaviour = 'list',
): void {
  for (const [name, version] of [['webgpu', '0.6.2']] as const) {
    const folder = join(home, 'webgpu/node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ version, type: 'module', main: 'index.js' }),
    );
    writeFileSync(join(folder, 'index.js'), sourceOf(adapters, behaviour));
  }
}

function sourceOf(adapters: readonly FakeAdapter[], behaviour: Behaviour): string {
  switch (behaviour) {
    case 'crash':
      return 'process.abort();';
    case 'throw':
      return "throw new Error('wrong ELF class');";
    case 'nothing':
    case 'list':
      return `
const adapters = ${JSON.stringify(adapters)};
export const globals = {};
export const create = (options) => ({
  async requestAdapter() {
    const name = options.find((option) => option.startsWith('adapter='))?.slice('adapter='.length) ?? '';
    const found = adapters.find((adapter) => adapter.name.includes(name));
    if (found !== undefined)
      return {
        info: { ...found, device: 'some-device', description: found.driver, isFallbackAdapter: found.isFallback },
      };
    if (adapters.length === 0) return null;
    const lines = adapters.map((adapter) => " * backend: 'vulkan', name: '" + adapter.name + "'");
    throw new Error(['no suitable backends found', 'Available adapters:', ...lines].join('\\n'));
  },
});
`;
  }
}
