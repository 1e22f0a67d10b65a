// Joins the plots of several revisions: one plot for each name, with the points or images of each revision.
import { extname } from 'node:path';
import type { Problem } from '../base/problem.ts';
import { placesOf, type WorkspacePath } from '../base/workspace-path.ts';
import type { Project } from '../pipeline/project.ts';
import { namesFrom, type PlotGroups } from './collect-plots.ts';
import { pointsOf, type Axes } from './data-points.ts';
import { filesOf, type Definition } from './definition.ts';
import type { PlotFiles } from './plot-files.ts';
import { asFault, PlotFault } from './plot-fault.ts';
import { isSource, otherFormat, readSource } from './read-source.ts';
import type { Row, Table } from './table.ts';

/** A plot as drawn. */
export type Plot = DataPlot | ImagePlot;

interface PlotBase {
  readonly name: string;
  readonly failures: readonly PlotFailure[];
}

export interface DataPlot extends PlotBase {
  readonly kind: 'data';
  readonly title: string;
  readonly template: string | undefined;
  /** That have points. */
  readonly revisions: readonly string[];
  readonly rows: readonly Row[];
  /** Undefined where no revision has points. */
  readonly axes: Axes | undefined;
}

export interface ImagePlot extends PlotBase {
  readonly kind: 'image';
  readonly images: readonly PlotImage[];
}

export interface PlotImage {
  readonly revision: string;
  readonly bytes: Buffer;
}

export interface PlotFailure {
  readonly revision: string;
  /** The file that cannot be read; undefined for a mistake in the plot itself. */
  readonly source?: string;
  readonly fault: PlotFault;
}

/** The plots of a revision. */
export interface PlotRevision {
  readonly name: string;
  readonly project: Pick<Project, 'root' | 'stages' | 'reports'>;
  readonly files: PlotFiles;
  readonly groups: PlotGroups;
}

export interface GatherOptions {
  readonly cwd: WorkspacePath;
  /** The command line says that CSV and TSV have no header. */
  readonly headerless: boolean;
}

/** Of one plot in one revision. */
interface Entry {
  readonly revision: PlotRevision;
  /** As declared, without the pipeline file. */
  readonly inner: string;
  readonly definition: Definition;
}

export async function gatherPlots(
  revisions: readonly PlotRevision[],
  options: GatherOptions,
): Promise<Plot[]> {
  const byName = new Map<string, Entry[]>();
  for (const revision of revisions)
    for (const [name, entry] of namedPlots(revision)) {
      const entries = byName.get(name);
      if (entries) entries.push(entry);
      else byName.set(name, [entry]);
    }
  const plots: Plot[] = [];
  for (const [name, entries] of byName)
    plots.push(
      isImage(entries.at(-1)!.inner)
        ? await gatherImages(entries, options)
        : await gatherData(name, entries, options),
    );
  return plots;
}

/** Where two pipeline files declare the same name, the file is part of it. */
function namedPlots(revision: PlotRevision): Map<string, Entry> {
  const { groups } = revision;
  const counts = new Map<string, number>();
  for (const group of groups.values())
    for (const name of group.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const named = new Map<string, Entry>();
  for (const [file, group] of groups)
    for (const [inner, definition] of group) {
      const name = counts.get(inner)! > 1 && file !== '' ? `${file}::${inner}` : inner;
      named.set(name, { revision, inner, definition });
    }
  return named;
}

const IMAGES = new Set(['.jpg', '.jpeg', '.gif', '.png', '.svg']);

export const isImage = (name: string): boolean => IMAGES.has(extname(name));

async function gatherImages(entries: readonly Entry[], { cwd }: GatherOptions): Promise<ImagePlot> {
  const images: PlotImage[] = [];
  const failures: PlotFailure[] = [];
  for (const { revision, inner } of entries) {
    try {
      const bytes = await bytesOf(inner, revision, cwd);
      if (bytes.length > 0) images.push({ revision: revision.name, bytes });
    } catch (error) {
      failures.push({ revision: revision.name, source: inner, fault: asFault(error) });
    }
  }
  return { kind: 'image', name: entries.at(-1)!.inner, images, failures };
}

async function gatherData(
  name: string,
  entries: readonly Entry[],
  options: GatherOptions,
): Promise<DataPlot> {
  // What the first revision declares counts for all.
  const definition = Object.assign(
    {},
    ...entries.map((entry) => entry.definition).toReversed(),
  ) as Definition;
  const failures: PlotFailure[] = [];
  const revisions: string[] = [];
  const rows: Row[] = [];
  let axes: Axes | undefined;
  for (const entry of entries) {
    const revision = entry.revision.name;
    const tables = new Map<string, readonly Table[]>();
    for (const source of filesOf(entry.inner, entry.definition)) {
      try {
        tables.set(source, await tablesOf(source, entry, options));
      } catch (error) {
        failures.push({ revision, source, fault: asFault(error) });
      }
    }
    try {
      const points = pointsOf(entry.inner, definition, tables, revision);
      if (!points) continue;
      axes ??= points.axes;
      revisions.push(revision);
      for (const row of points.rows) rows.push(row);
    } catch (error) {
      failures.push({ revision, fault: asFault(error) });
    }
  }
  const { title = name, template } = definition;
  return { kind: 'data', name, title, template, revisions, rows, axes, failures };
}

/** @throws PlotFault */
async function tablesOf(
  source: string,
  { revision, definition }: Entry,
  { cwd, headerless }: GatherOptions,
): Promise<readonly Table[]> {
  const bytes = await bytesOf(source, revision, cwd);
  const at = namesFrom({ project: revision.project, cwd }).place(source);
  const header = !headerless && definition.header !== false && declaresHeader(at, revision);
  return readSource(bytes, source, header);
}

/** An output can say that it has no header, for every plot that reads it. */
function declaresHeader(at: WorkspacePath, { project }: PlotRevision): boolean {
  return !project.stages.some(({ outs }) =>
    outs.some((out) => out.at === at && typeof out.plot === 'object' && out.plot['header'] === false),
  );
}

async function bytesOf(name: string, { project, files }: PlotRevision, cwd: WorkspacePath): Promise<Buffer> {
  const at = namesFrom({ project, cwd }).place(name);
  const bytes = await files.read(at);
  if (bytes) return bytes;
  const isOut = project.stages.some(({ outs }) =>
    outs.some((out) => placesOf(out).some((place) => place === at)),
  );
  const isCached = project.stages.some(({ outs }) => outs.some((out) => out.cache && out.at === at));
  const reason = isCached ? 'No storage files available' : 'No such file or directory';
  const problem: Problem = {
    code: 'plot-missing',
    title: `${name} does not exist`,
    hint: isOut
      ? 'run its stage with `pipe repro`, or fetch it with `pipe pull`'
      : 'correct the path of the plot',
    place: { file: name },
  };
  // DVC looks at the name first.
  if (!isImage(name) && !isSource(name)) throw otherFormat(name, problem);
  throw new PlotFault('FileNotFoundError', problem, `[Errno 2] ${reason}: '${name}'`);
}
