// Makes the tables of the page: the members of each group, other stages with metrics, experiments beside the workspace.
import { toJson, type Json } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { flattened } from '../compare/flatten-values.ts';
import { readRecords } from '../experiment/record-files.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import { stateOf } from '../experiment/record-state.ts';
import { columnsOf } from '../experiment/table.ts';
import type { Stage } from '../pipeline/stage.ts';
import { declaredInputs } from '../plan/inputs.ts';
import { recordedParams } from '../session/experiments/recorded-values.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { groupAddress } from '../show/dag/groups.ts';
import type { AssessedProject } from './assess-project.ts';
import type { TableColumn, TableRow, TableView } from './contract.ts';
import type { Mask } from './mask.ts';
import { axesJson } from './project-view.ts';
import { stageMetrics, valueIn } from './stage-metrics.ts';

/** @throws PipeError for a parameter file that cannot be read. */
export function tableViews(project: AssessedProject, workspace: OpenWorkspace): readonly TableView[] {
  const groups = Map.groupBy(project.stages, (stage) =>
    stage.group === null || stage.cmd === null ? '' : groupAddress(stage),
  );
  const others = groups.get('') ?? [];
  groups.delete('');
  const ofGroups = Array.from(groups, ([name, members]) =>
    stageTable('group', name, members, project, workspace),
  );
  const hasMetrics = ({ columns }: TableView): boolean => columns.some(({ kind }) => kind === 'metric');
  const measured = others.filter(({ outs }) => outs.some(({ metric }) => metric));
  return [
    ...ofGroups.filter(hasMetrics),
    stageTable('stages', 'stages', measured, project, workspace),
    experimentTable(project),
    ...ofGroups.filter((table) => !hasMetrics(table)),
  ].filter(({ rows }) => rows.length > 0);
}

/** Values of one row by their column, in the order of the columns. */
type Cells = Map<string, { readonly column: Omit<TableColumn, 'values'>; readonly value: Json }>;

function stageTable(
  kind: 'group' | 'stages',
  name: string,
  stages: readonly Stage[],
  { loaded, mask }: AssessedProject,
  workspace: OpenWorkspace,
): TableView {
  const { root } = loaded.project;
  return {
    kind,
    name,
    rows: stages.map(({ address }) => ({ name: address })),
    columns: columnsFrom(
      stages.map((stage) => {
        const cells: Cells = new Map();
        const add = (column: Omit<TableColumn, 'values'>, value: Json): void =>
          void cells.set(`${column.kind} ${column.file ?? ''} ${column.label}`, { column, value });
        for (const [label, value] of Object.entries(axesJson(stage)))
          add({ kind: 'axis', label }, mask.json(value));
        for (const [file, values] of declaredInputs(stage, workspace).params)
          for (const [label, value] of flattened(declaredOnly(values)))
            add({ kind: 'param', label, file }, mask.json(toJson(value)));
        for (const [label, value] of Object.entries(stageMetrics(stage, root, mask)))
          add({ kind: 'metric', label }, value);
        return cells;
      }),
    ),
  };
}

const declaredOnly = (values: ReadonlyMap<string, Value | undefined>): ReadonlyMap<string, Value> =>
  new Map([...values].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));

function columnsFrom(rows: readonly Cells[]): readonly TableColumn[] {
  const columns = new Map(
    rows.flatMap((cells) => Array.from(cells, ([key, { column }]) => [key, column] as const)),
  );
  const kinds = ['axis', 'param', 'metric'] as const;
  const sorted = kinds.flatMap((kind) => [...columns].filter(([, column]) => column.kind === kind));
  return named(
    sorted.map(([key, column]) => ({
      ...column,
      values: folded(rows.map((cells) => cells.get(key)?.value ?? null)),
    })),
  );
}

function folded(values: readonly Json[]): readonly Json[] {
  const texts = new Set(values.map((value) => JSON.stringify(value)));
  return texts.size === 1 ? values.slice(0, 1) : values;
}

/** A label that two columns have gets the file, or the kind, before it. */
function named(columns: readonly TableColumn[]): readonly TableColumn[] {
  const seen = new Set<string>();
  return columns.map((column) => {
    let label = column.label;
    if (seen.has(label)) label = `${column.file ?? column.kind}:${label}`;
    for (let more = 2; seen.has(label); more += 1) label = `${column.label} (${more})`;
    seen.add(label);
    return { ...column, label };
  });
}

function experimentTable({ loaded, stages, mask }: AssessedProject): TableView {
  const { records } = readRecords(loaded.folders.experiments);
  const base = { kind: 'experiments', name: 'experiments' } as const;
  if (records.length === 0) return { ...base, rows: [], columns: [] };
  const workspace: Pick<ExperimentRecord, 'name' | 'params' | 'metrics'> = {
    name: 'workspace',
    params: recordedParams(loaded.project, new Map()),
    metrics: workspaceMetrics(stages, loaded.project),
  };
  const all = [workspace, ...records];
  return {
    ...base,
    rows: [{ name: 'workspace' }, ...records.map((record) => rowOf(record))],
    columns: columnsOf(all).map(({ kind, label, file, values }) => ({
      kind,
      label,
      file,
      values: folded(all.map(({ name }) => maskedValue(values.get(name), mask))),
    })),
  };
}

function rowOf(record: ExperimentRecord): TableRow {
  const started = Date.parse(record.started);
  return {
    name: record.name,
    state: stateOf(record),
    ...(Number.isFinite(started) && { started }),
  };
}

const maskedValue = (value: Value | undefined, mask: Mask): Json =>
  value === undefined ? null : mask.json(toJson(value));

function workspaceMetrics(
  stages: readonly Stage[],
  { root, reports }: AssessedProject['loaded']['project'],
): ReadonlyMap<string, Value> {
  const paths = [
    ...stages.flatMap(({ outs }) => outs.flatMap(({ at, metric }) => (metric ? [at] : []))),
    ...reports.flatMap(({ metrics }) => metrics),
  ];
  return new Map(
    [...new Set(paths)].flatMap((path) => {
      const value = valueIn(root, path);
      return value === undefined ? [] : [[path, value] as const];
    }),
  );
}
