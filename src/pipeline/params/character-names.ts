// Finds characters by their Unicode names, for Python's `\N{…}`. The table of names is large and rarely needed.
import { loadPackage } from '../../base/load-package.ts';

/** @param name in any case; aliases of characters are names as well. */
export function characterNamed(name: string): string | undefined {
  const wanted = name.toUpperCase();
  names ??= readNames();
  return names.get(wanted) ?? ideograph(wanted);
}

let names: ReadonlyMap<string, string> | undefined;

function readNames(): ReadonlyMap<string, string> {
  const table = loadPackage('unicode-name');
  const found = new Map<string, string>();
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (code === 0xd800) code = 0xe000;
    const character = String.fromCodePoint(code);
    for (const alias of Object.values(table.unicodeAliases(character) ?? {}).flat())
      if (!found.has(alias)) found.set(alias, character);
    // Ideographs are named after their numbers; most of the rest has no name at all.
    if (unnamed().test(character)) continue;
    const name = table.unicodeBaseName(character);
    if (name !== undefined) found.set(name, character);
  }
  return found;
}

const unnamed = (): RegExp => /[\p{Unified_Ideograph}\p{Co}\p{Cn}\p{Cc}]/u;

function ideograph(name: string): string | undefined {
  const code = Number.parseInt(/-([\dA-F]{4,6})$/.exec(name)?.[1] ?? '', 16);
  if (!(code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return loadPackage('unicode-name').unicodeBaseName(character) === name ? character : undefined;
}
