// Remembers pipeline files as they were loaded, so that an unchanged one is neither parsed nor templated again. A file counts as
// unchanged while every path that was read for it has the same stamp. What is remembered are declarations only: no content of data, no
// decision. A damaged or missing memory costs time only.
import { deserialize, serialize } from 'node:v8';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { fitYoungGeneration } from '../base/young-generation.ts';
import { readSealed, removeLeftovers, writeCheckedBytes } from '../disk/checked-file.ts';
import type { PathStamp } from '../disk/path-stamp.ts';
import { isSettled } from '../disk/settled-stamp.ts';
import { now } from '../disk/stat-key.ts';
import { hearing, isAsSeen } from '../disk/witnessed-fs.ts';
import type { PipelineFile } from './inclusion.ts';
import { packStages, unpackStages, type PackedStages } from './packed-stages.ts';
import type { Reports } from './reports.ts';

/** Fewer stages are loaded as fast as they are remembered. */
const MANY = 50;

interface Remembered extends Omit<PipelineFile, 'source' | 'reports' | 'stages'> {
  readonly seen: ReadonlyMap<string, PathStamp>;
  readonly stages: PackedStages;
  readonly reports: readonly Omit<Reports, 'variables'>[];
}

type Memory = ReadonlyMap<WorkspacePath, Remembered>;

export class LoadMemory {
  readonly #file: string;
  readonly #header: string;
  readonly #before: Memory;
  readonly #now = new Map<WorkspacePath, Remembered>();
  #checksum: string | undefined;
  #loaded = 0;
  #learned = false;

  /** @param file absolute path; @param circumstances all that decides how a file is loaded, besides what is read. */
  constructor(file: string, circumstances: readonly unknown[]) {
    this.#file = file;
    this.#header = `pipe-loaded/1 ${JSON.stringify(circumstances)}`;
    const recalled = recall(file, this.#header);
    this.#before = recalled.memory;
    this.#checksum = recalled.checksum;
  }

  /** @param load loads the file. */
  load(file: WorkspacePath, load: () => PipelineFile): PipelineFile {
    this.#loaded += 1;
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

  /**
   * Called once all files are loaded and have no problems. Writes nothing where the folder of the memory is missing.
   * @returns what identifies the declarations of all files; undefined where they are not remembered.
   */
  save(): string | undefined {
    const stages = [...this.#now.values()].reduce((sum, { stages }) => sum + stages.kinds.length, 0);
    if (stages < MANY) return undefined;
    if (this.#learned || this.#now.size !== this.#before.size) {
      removeLeftovers(this.#file);
      this.#checksum = writeCheckedBytes(this.#file, this.#header, () => serialize(this.#now));
    }
    return this.#now.size === this.#loaded ? this.#checksum : undefined;
  }
}

function recall(
  file: string,
  header: string,
): { readonly memory: Memory; readonly checksum: string | undefined } {
  const sealed = readSealed(file, header);
  if (sealed) fitYoungGeneration({ bytes: sealed.body.length });
  try {
    if (sealed) return { memory: deserialize(sealed.body) as Memory, checksum: sealed.checksum };
  } catch {
    // Its format is another one.
  }
  return { memory: new Map(), checksum: undefined };
}

function withoutFunctions(
  { stages, files, variableFiles, warnings, config, reports }: PipelineFile,
  seen: ReadonlyMap<string, PathStamp>,
): Remembered {
  return {
    seen,
    stages: packStages(stages),
    files,
    variableFiles,
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
function revive(
  { stages, files, variableFiles, warnings, config, reports }: Remembered,
  load: () => PipelineFile,
): PipelineFile {
  let loaded: PipelineFile | undefined;
  const again = (): PipelineFile => (loaded ??= load());
  return {
    stages: unpackStages(stages),
    files,
    variableFiles,
    warnings,
    config,
    reports: reports.map((report, index) => ({
      ...report,
      variables: () => again().reports[index]!.variables(),
    })),
    source: { place: (...at) => again().source.place(...at) },
  };
}
