// Reads DVC's configuration of a repository: `.dvc/config` and, over it, `.dvc/config.local`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno, PipeError } from './problem.ts';

/** Options by section; sections of remotes are spelled `remote "name"`. */
export type DvcConfig = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** @throws PipeError for a file that cannot be read. */
export function readDvcConfig(root: string): DvcConfig {
  const config = new Map<string, Map<string, string>>();
  for (const name of ['config', 'config.local'])
    mergeIni(readText(join(root, '.dvc', name), `.dvc/${name}`), config);
  return config;
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw new PipeError({
      code: 'pipeline-unreadable',
      title: `cannot read ${shown} (${errno(error)})`,
      place: { file: shown },
    });
  }
}

function mergeIni(text: string, config: Map<string, Map<string, string>>): void {
  let section = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const header = /^\[\s*(.*?)\s*\]$/.exec(trimmed);
    if (header) {
      const name = header[1]!.replace(/^'(.*)'$/, '$1');
      section = config.get(name) ?? new Map<string, string>();
      config.set(name, section);
      continue;
    }
    const equals = trimmed.indexOf('=');
    if (equals > 0) section.set(trimmed.slice(0, equals).trim(), unquote(trimmed.slice(equals + 1).trim()));
  }
}

const unquote = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
