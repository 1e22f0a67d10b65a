// Loads the packages that few runs need, when they are first needed. Most runs need none of them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';

/** The types of `unicode-name`, which has none. */
interface UnicodeNames {
  unicodeBaseName(character: string): string | undefined;
  unicodeAliases(character: string): { readonly [kind: string]: readonly string[] } | undefined;
}

interface Packages {
  readonly yaml: typeof import('yaml');
  readonly ignore: typeof import('ignore');
  readonly 'smol-toml': typeof import('smol-toml');
  readonly 'toml-eslint-parser': typeof import('toml-eslint-parser');
  readonly 'es-module-lexer/js': typeof import('es-module-lexer/js');
  readonly 'py-ast': typeof import('py-ast');
  readonly 'unicode-name': UnicodeNames;
  readonly undici: Pick<typeof import('undici'), 'Agent'>;
}

/** The folder in which the build puts each of them into one file; defined by the build. */
declare const PIPE_PACKAGES: string | undefined;

const load = createRequire(import.meta.url);

export function loadPackage<Name extends keyof Packages>(name: Name): Packages[Name] {
  const bundled = typeof PIPE_PACKAGES === 'string';
  if (bundled && name === 'unicode-name') return (unpacked ??= unpack()) as Packages[Name];
  return load(bundled ? `${PIPE_PACKAGES}/${name.replace('/', '-')}.cjs` : name) as Packages[Name];
}

let unpacked: UnicodeNames | undefined;

/** The names of all characters: compressed, as they are as large as all the rest. */
function unpack(): UnicodeNames {
  const file = new URL(`${PIPE_PACKAGES}/unicode-name.cjs.br`, import.meta.url);
  const module: { exports: unknown } = { exports: {} };
  compileFunction(brotliDecompressSync(readFileSync(file)).toString('utf8'), [
    'module',
    'exports',
    'require',
  ])(module, module.exports, load);
  return module.exports as UnicodeNames;
}
