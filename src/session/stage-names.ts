// The names that shells complete: of stages and groups, and of remotes. Kept in a file with what they were read from, so that
// the next question needs no pipeline to be loaded (fast/names.ts answers it).
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import { listen } from '../disk/witnessed-fs.ts';
import { NAMES_FILES } from '../fast/names.ts';
import { formatVerdict } from '../fast/verdict.ts';
import { load, type Loaded } from './load.ts';

declare const PIPE_BUILD: string;

/** Put in by the build; sources that run as they are have none. */
const build = typeof PIPE_BUILD === 'string' ? PIPE_BUILD : undefined;

export interface StageNames {
  readonly targets: readonly string[];
  readonly remotes: readonly string[];
}

/** @throws PipeError as `load`. */
export async function readStageNames(): Promise<StageNames> {
  const witness = listen();
  const loaded = await load({});
  const seen = witness.end();
  const { stages, config } = loaded.project;
  const names = {
    targets: [
      ...new Set(stages.flatMap(({ group, address }) => [...(group === null ? [] : [group]), address])),
    ],
    remotes: [...(config.remotes?.remotes.keys() ?? [])],
  };
  const file = namesFile(loaded);
  if (seen && build !== undefined && file !== undefined) {
    const circumstances = { build, args: [], cwd: loaded.project.root };
    const verdict = formatVerdict({ stages: stages.length, seen }, circumstances);
    try {
      replaceFile(file, `${JSON.stringify(names)}\n${verdict}`, { temporary: `${file}.new` });
    } catch {
      // Without the file the next question takes longer.
    }
  }
  return names;
}

/** Undefined before the first run, and where the cache has another place: completing creates no folders. */
function namesFile({ project, folders }: Loaded): string | undefined {
  return NAMES_FILES.map((name) => join(project.root, name)).find(
    (file) => dirname(file) === folders.state && existsSync(folders.state),
  );
}
