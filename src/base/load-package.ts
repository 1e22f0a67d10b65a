// Loads the packages that few runs need, when they are first needed. Most runs need none of them.
import { createRequire } from 'node:module';

/** The types of `unicode-name`, which has none. */
interface UnicodeNames {
  unicodeBaseName(character: string): string | undefined;
  unicodeAliases(character: string): { readonly [kind: string]: readonly string[] } | undefined;
}

interface Packages {
  readonly yaml: typeof import('yaml');
  readonly execa: typeof import('execa');
  readonly ignore: typeof import('ignore');
  readonly 'smol-toml': typeof import('smol-toml');
  readonly 'toml-eslint-parser': typeof import('toml-eslint-parser');
  readonly 'es-module-lexer/js': typeof import('es-module-lexer/js');
  readonly 'py-ast': typeof import('py-ast');
  readonly 'unicode-name': UnicodeNames;
}

/** The folder in which the build puts each of them into one file; defined by the build. */
declare const PIPE_PACKAGES: string | undefined;

const load = createRequire(import.meta.url);

export function loadPackage<Name extends keyof Packages>(name: Name): Packages[Name] {
  const bundled = typeof PIPE_PACKAGES === 'string';
  return load(bundled ? `${PIPE_PACKAGES}/${name.replace('/', '-')}.cjs` : name) as Packages[Name];
}
