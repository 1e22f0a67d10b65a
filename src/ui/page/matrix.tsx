// A group as a grid over its axes: its last axis from left to right, the others from top to bottom; coloured by state or by a metric.
import { useMemo } from 'preact/hooks';
import type { StageView } from '../contract.ts';
import { axesOf, gridOf, shadeOf } from './grid.ts';
import { shownState, STATES, tookSeconds } from './model.ts';
import { duration, Sign, useFirst, valueText } from './parts.tsx';
import { addressOf, replaceParams, type Route } from './route.ts';
import { useStore } from './store.ts';

/** That are drawn before somebody asks for all. */
const CELLS = 500;

interface MatrixProps {
  readonly group: string;
  readonly members: readonly number[];
  readonly route: Route;
}

export function Matrix({ group, members, route }: MatrixProps) {
  const { model, run, running } = useStore();
  const stages = useMemo(() => members.map((member) => model.view.stages[member]!), [model, members]);
  const axes = useMemo(() => axesOf(stages), [stages]);
  const across = axes.some(({ name }) => name === route.params['across'])
    ? route.params['across']
    : undefined;
  const grid = useMemo(() => gridOf(stages, axes, across), [stages, axes, across]);
  const metrics = useMemo(
    () => [...new Set(stages.flatMap(({ metrics }) => Object.keys(metrics)))],
    [stages],
  );
  const { metric } = route.params;
  const shown = metric !== undefined && (metric === TIME || metrics.includes(metric)) ? metric : undefined;
  const values = new Map(
    stages.map((stage) => [stage.name, shown === undefined ? undefined : valueOf(stage, shown)]),
  );
  const numbers = [...values.values()].filter((value) => value !== undefined);
  const range = { least: Math.min(...numbers), most: Math.max(...numbers) };
  const [count, more] = useFirst(grid.rows.length, Math.ceil(CELLS / grid.columns.length));
  return (
    <div class="matrix">
      <div class="matrix-tools">
        <a class="button" href={addressOf('graph', { ...route.params, open: undefined, at: group })}>
          ← Graph
        </a>
        <strong class="wrap">
          {group} ×{members.length}
        </strong>
        <a class="button" href={addressOf('table', {}, group)}>
          As a table
        </a>
        <label>
          Colour{' '}
          <select
            value={shown ?? ''}
            onChange={(event) => replaceParams(route, { metric: event.currentTarget.value || undefined })}
          >
            <option value="">state</option>
            <option value={TIME}>time taken</option>
            {metrics.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {axes.length > 1 && (
          <label>
            Across{' '}
            <select
              value={grid.across ?? ''}
              onChange={(event) => replaceParams(route, { across: event.currentTarget.value })}
            >
              {axes.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {numbers.length > 0 && (
          <span class="quiet">
            {format(shown!, range.least)} to {format(shown!, range.most)}
          </span>
        )}
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Members of ${group}`}>
        <table>
          <caption class="hidden">{group} by its axes</caption>
          <thead>
            <tr>
              {grid.down.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              {grid.columns.map((column) => (
                <th key={column} scope="col">
                  {column !== ''
                    ? `${grid.across} ${column}`
                    : shown === TIME
                      ? 'time taken'
                      : (shown ?? 'state')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {grid.rows.slice(0, count).map(({ labels, cells }) => (
              <tr key={labels.join(' ')}>
                {labels.map((label, index) => (
                  <th key={index} scope="row">
                    {label}
                  </th>
                ))}
                {cells.map((stage, index) => (
                  <td key={index}>
                    {stage && (
                      <Cell
                        stage={stage}
                        state={shownState(stage, run, running)}
                        value={values.get(stage.name)}
                        metric={shown}
                        shade={shadeOf(values.get(stage.name), range)}
                        href={addressOf('graph', { ...route.params, at: stage.name })}
                        isCurrent={stage.name === route.params['at']}
                      />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {more}
      </div>
    </div>
  );
}

/** No metric has an empty key with a colon. */
const TIME = ':time';

function valueOf(stage: StageView, metric: string): number | undefined {
  const value = metric === TIME ? tookSeconds(stage) : stage.metrics[metric];
  return typeof value === 'number' ? value : undefined;
}

const format = (metric: string, value: number): string =>
  metric === TIME ? duration(value) : valueText(value);

interface CellProps {
  readonly stage: StageView;
  readonly state: ReturnType<typeof shownState>;
  readonly value: number | undefined;
  readonly metric: string | undefined;
  readonly shade: { readonly background: string; readonly ink: string } | undefined;
  readonly href: string;
  readonly isCurrent: boolean;
}

function Cell({ stage, state, value, metric, shade, href, isCurrent }: CellProps) {
  const style = shade && { '--heat': shade.background, '--ink': shade.ink };
  return (
    <a
      class={`cell is-${state}${shade ? ' heat' : ''}`}
      {...(style && { style })}
      {...(isCurrent && { 'aria-current': 'true' as const })}
      href={href}
      title={stage.name}
      aria-label={`${stage.name}: ${value === undefined ? '' : `${format(metric!, value)}, `}${STATES[state].word}`}
    >
      {value === undefined ? <Sign state={state} /> : format(metric!, value)}
    </a>
  );
}
