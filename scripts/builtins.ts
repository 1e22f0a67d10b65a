// A plugin for the build: Node's own modules are fetched by name, not imported. Importing one as an ES module makes Node
// read each of its exports, and load everything that they need, which takes longer than most commands.
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

/** Not loaded by Node itself at its start, and of use to few runs: loaded when one of their functions is first called. */
const LATE = new Set([
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:http',
  'node:https',
  'node:net',
  'node:readline',
  'node:readline/promises',
  'node:sqlite',
  'node:timers/promises',
  'node:tls',
  'node:worker_threads',
  'node:zlib',
]);

const require = createRequire(import.meta.url);

export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: moduleOf(path),
    }));
  },
};

function moduleOf(path: string): string {
  const own = require(path) as Readonly<Record<string, unknown>>;
  const names = Object.keys(own).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');
  const isLate = (name: string): boolean => LATE.has(path) && isFunction(own, name);
  return [
    `const load = () => process.getBuiltinModule('${path}');`,
    'const take = (name) => load()[name];',
    // Marked, so that unused names are left out: some load further modules when they are read.
    ...names.map((name) =>
      isLate(name)
        ? `export function ${name}(...args) { return new.target ? new (load().${name})(...args) : load().${name}(...args); }`
        : `export const ${name} = /* @__PURE__ */ take('${name}');`,
    ),
    `export default { ${names.map((name) => `get ${name}() { return load().${name}; }`).join(', ')} };`,
  ].join('\n');
}

/** Without reading what only a getter gives. */
function isFunction(module: object, name: string): boolean {
  return typeof Object.getOwnPropertyDescriptor(module, name)?.value === 'function';
}
