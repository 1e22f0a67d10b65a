// The licences of the packages that the build puts into the engine: their texts have to accompany the copies.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * @param root the repository
 * @throws where a bundled package has no licence text
 */
export function licencesOf(metafiles: readonly Metafile[], root: string): string {
  const folders = new Set(
    metafiles.flatMap(({ outputs }) =>
      Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).flatMap(packageFolder)),
    ),
  );
  const sections = [...folders].sort().map((folder) => {
    const path = join(root, folder);
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const file = readdirSync(path).find((name) => /\blicen[cs]e\b/i.test(name));
    if (file === undefined) throw new Error(`${manifest.name} is bundled and has no licence text`);
    const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
    return `${title}\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`;
  });
  return ['The engine contains these packages.\n', ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

/** `node_modules/@scope/name/lib/a.js` → `node_modules/@scope/name` */
function packageFolder(input: string): string[] {
  const found = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
  return found === null ? [] : [found[0]];
}
