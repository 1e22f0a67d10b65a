// Packages that few runs need, loaded at the moment of need: most pipelines are read, and found fresh, without any of them.
import { createRequire } from 'node:module';

/** Of `unicode-name`, which has no types. */
interface UnicodeNames {
  unicodeBaseName(character: string): string | undefined;
  unicodeAliases(character: string): { readonly [kind: string]: readonly string[] } | undefined;
}

interface Packages {
  readonly yaml: typeof import('yaml');
  readonly execa: typeof import('execa');
  readonly ignore: typeof import('ignore');
  readonly 'smol-toml': typeof import('smol-toml');
  readonly 'es-module-lexer/js': typeof import('es-module-lexer/js');
  readonly 'py-ast': typeof import('py-ast');
  readonly 'unicode-name': UnicodeNames;
}

/** Defined by the build, which puts each of them into one file. */
declare const PIPE_PACKAGES: string | undefined;

const load = createRequire(import.meta.url);

export function loadPackage<Name extends keyof Packages>(name: Name): Packages[Name] {
  const bundled = typeof PIPE_PACKAGES === 'string';
  return load(bundled ? `${PIPE_PACKAGES}/${name.replace('/', '-')}.cjs` : name) as Packages[Name];
}
