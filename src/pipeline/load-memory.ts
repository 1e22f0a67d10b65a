// Remembers pipeline files as they were loaded, so that an unchanged one is neither parsed nor templated again. A file counts as
// unchanged while every path that was read for it has the same stamp. What is remembered are declarations only: no content of data, no
// decision. A damaged or missing memory costs time only.
import { deserialize, serialize } from 'node:v8';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { readCheckedBytes, removeLeftovers, writeCheckedBytes } from '../disk/checked-file.ts';
import type { PathStamp } from '../disk/path-stamp.ts';
import { isSettled } from '../disk/settled-stamp.ts';
import { now } from '../disk/stat-key.ts';
import { hearing, isAsSeen } from '../disk/witnessed-fs.ts';
import type { PipelineFile } from './inclusion.ts';
import type { Reports } from './reports.ts';

/** Fewer stages are loaded as fast as they are remembered. */
const MANY = 50;

interface Remembered extends Omit<PipelineFile, 'source' | 'reports'> {
  readonly seen: ReadonlyMap<string, PathStamp>;
  readonly reports: readonly Omit<Reports, 'variables'>[];
}

type Memory = ReadonlyMap<WorkspacePath, Remembered>;

export class LoadMemory {
  readonly #file: string;
  readonly #header: string;
  readonly #before: Memory;
  readonly #now = new Map<WorkspacePath, Remembered>();
  #learned = false;

  /** @param file absolute path; @param circumstances all that decides how a file is loaded, besides what is read. */
  constructor(file: string, circumstances: readonly unknown[]) {
    this.#file = file;
    this.#header = `pipe-loaded/1 ${JSON.stringify(circumstances)}`;
    this.#before = recall(file, this.#header);
  }

  /** @param load loads the file. */
  load(file: WorkspacePath, load: () => PipelineFile): PipelineFile {
    const before = this.#before.get(file);
    if (before && [...before.seen].every(([path, what]) => isAsSeen(path, what))) {
      this.#now.set(file, before);
      return revive(before, load);
    }
    const started = now();
    const { result, seen } = hearing(load);
    if (seen && [...seen.values()].every((what) => isSettled(what, started))) {
      this.#now.set(file, withoutFunctions(result, seen));
      this.#learned = true;
    }
    return result;
  }

  /** Called once all files are loaded and have no problems. Writes nothing where the folder of the memory is missing. */
  save(): void {
    const stages = [...this.#now.values()].reduce((sum, { stages }) => sum + stages.length, 0);
    if (!this.#learned || stages < MANY) return;
    removeLeftovers(this.#file);
    writeCheckedBytes(this.#file, this.#header, () => serialize(this.#now));
  }
}

function recall(file: string, header: string): Memory {
  const bytes = readCheckedBytes(file, header);
  if (!bytes) return new Map();
  try {
    return deserialize(bytes) as Memory;
  } catch {
    return new Map();
  }
}

function withoutFunctions(
  { stages, files, warnings, config, reports }: PipelineFile,
  seen: ReadonlyMap<string, PathStamp>,
): Remembered {
  return {
    seen,
    stages,
    files,
    warnings,
    config,
    reports: reports.map(({ file, folder, metrics, params, plots, artifacts }) => ({
      file,
      folder,
      metrics,
      params,
      plots,
      artifacts,
    })),
  };
}

/** What few commands need is loaded when it is asked for. */
function revive(remembered: Remembered, load: () => PipelineFile): PipelineFile {
  let loaded: PipelineFile | undefined;
  const again = (): PipelineFile => (loaded ??= load());
  return {
    ...remembered,
    reports: remembered.reports.map((report, index) => ({
      ...report,
      variables: () => again().reports[index]!.variables(),
    })),
    source: { place: (...at) => again().source.place(...at) },
  };
}
