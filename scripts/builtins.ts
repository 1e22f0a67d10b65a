// A plugin for the build: Node's own modules are fetched by name, not imported. Importing one as an ES module makes Node
// read each of its exports, and load all that stands behind them, which costs more than most commands take.
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

/** Not loaded by Node itself at its start, made of functions only, and needed by few commands: loaded at the first call. */
const LATE = new Set(['node:child_process', 'node:crypto']);

const require = createRequire(import.meta.url);

export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: LATE.has(path) ? lateModule(path) : earlyModule(path),
    }));
  },
};

const namesOf = (path: string): string[] =>
  Object.keys(require(path) as object).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');

const earlyModule = (path: string): string =>
  [
    `const module = process.getBuiltinModule('${path}');`,
    'const take = (name) => module[name];',
    'export default module;',
    // Marked, so that names which nobody imports are left out: some load further modules when they are read.
    ...namesOf(path).map((name) => `export const ${name} = /* @__PURE__ */ take('${name}');`),
  ].join('\n');

const lateModule = (path: string): string =>
  [
    `const load = () => process.getBuiltinModule('${path}');`,
    ...namesOf(path).map((name) => `export const ${name} = (...args) => load().${name}(...args);`),
    `export default { ${namesOf(path)
      .map((name) => `get ${name}() { return load().${name}; }`)
      .join(', ')} };`,
  ].join('\n');
