// The record of a `.dvc` file, read and written as an entry of a lock file. Only what is recorded is rewritten: everything else in the
// file keeps its bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { decode, readText } from '../yaml/read-text.ts';
import { isMap } from '../base/spelling.ts';
import type { ValueMap, ValuePath } from '../base/value.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { readDvcPaths } from './lock-entry.ts';
import { updateDvcFile } from './edit-dvc-file.ts';
import { readOrigin } from './import-origin.ts';
import { importMd5, isImport } from './import-md5.ts';
import { newDvcFile } from './new-dvc-file.ts';
import type { DataEntries } from '../lock/locks.ts';
import { makeReader } from '../lock/lock-reader.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** @param root absolute root of the repository. @param stateDir absolute folder of our own files. */
export function dvcDataEntries(root: string, stateDir: string): DataEntries {
  return {
    read(stage) {
      if (!existsSync(join(root, stage.file))) return undefined;
      const source = readYaml(
        readText(readFileSync(join(root, stage.file)), stage.file, 'bad-dvc-file'),
        stage.file,
      );
      const file = isMap(source.value) ? source.value : (new Map() as ValueMap);
      const reader = makeReader(file, (at) => source.place(at as ValuePath));
      const outs = readDvcPaths(reader, reader.root.get('outs') ?? [], ['outs']);
      const recorded = outs.filter(({ content }) => content.digest !== '');
      const origin = stage.origin && readOrigin(stage.origin, reader);
      const edited = isImport(file) && file.has('md5') && file.get('md5') !== importMd5(file);
      return recorded.length > 0 || origin || outs.length === 0
        ? {
            data: true,
            cmd: '',
            deps: [],
            params: new Map(),
            outs: recorded,
            ...(origin && { origin }),
            ...(edited && { edited }),
          }
        : undefined;
    },
    write(stage, entry) {
      const file = join(root, stage.file);
      mkdirSync(stateDir, { recursive: true });
      const replace = (text: string): void =>
        replaceFile(file, text, { temporary: join(stateDir, 'data-file.new'), durable: true });
      if (!existsSync(file)) {
        replace(newDvcFile(stage.outs, new Map(entry.outs.map((out) => [out.path, out]))));
        return;
      }
      const before = decode(readFileSync(file), stage.file, 'bad-dvc-file');
      const { outs: recorded, origin: known } = this.read(stage) ?? {};
      // A record of a version in cloud storage stays until the content changes.
      const outs = entry.outs.map((out, index) => {
        const old = recorded?.[index];
        return old?.cloud && old.content.digest === out.content.digest ? undefined : out;
      });
      const notDownloaded = entry.origin !== undefined && entry.outs.length === 0;
      const isNew = entry.origin !== undefined && !isDeepStrictEqual(entry.origin, known);
      const origin = stage.origin && { declared: stage.origin, locked: isNew ? entry.origin : undefined };
      const after = updateDvcFile(before, notDownloaded ? ['none'] : outs, origin, stage.file);
      if (after !== before) replace(after);
    },
  };
}
