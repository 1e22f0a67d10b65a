// The frame of the page: its head, what is wrong, and the view that the address names.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { DataView } from './data-view.tsx';
import { GraphView, isShortcut } from './graph-view.tsx';
import { countBy, shownState, STATES } from './model.ts';
import { Paper } from './paper.tsx';
import { duration, Sign, Time, useClock } from './parts.tsx';
import { runRemaining } from './remaining.ts';
import { PlotsView } from './plots-view.tsx';
import { useRoute, type Route } from './route.ts';
import type { RunState } from './run-state.ts';
import { StageView } from './stage-view.tsx';
import { report, source, useStore } from './store.ts';
import { TableView } from './table-view.tsx';
import { Timeline } from './timeline.tsx';

const VIEWS: readonly (readonly [view: string, label: string])[] = [
  ['graph', 'Graph'],
  ['timeline', 'Timeline'],
  ['table', 'Table'],
  ['plots', 'Plots'],
  ['data', 'Data'],
];

export function App() {
  const route = useRoute();
  const { model, run, running, problem, connection, isOutdated } = useStore();
  const { view } = model;
  const states = view.stages.map((stage) => shownState(stage, run, running));
  const counts = countBy(states);
  const isPrinting = usePrinting();
  const help = useKeys();
  useFocus(route);
  useEffect(() => {
    document.title = titleOf(view.project, running, run, counts);
  });
  const known = VIEWS.some(([name]) => name === route.view) || route.view === 'stage';
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="head">
        <h1>
          <small>pipe</small>
          {view.project}
        </h1>
        <nav class="tabs" aria-label="Views">
          {VIEWS.map(([name, label]) => (
            <a
              key={name}
              href={`#/${name}`}
              {...(route.view === name && { 'aria-current': 'page' as const })}
            >
              {label}
            </a>
          ))}
        </nav>
        <p class="facts push" aria-live="polite">
          {counts.map(([state, count]) => (
            <span key={state} class={`state is-${state}`}>
              <Sign state={state} />
              {count} {STATES[state].word}
            </span>
          ))}
        </p>
        <Left />
        {source.live ? (
          <Actions />
        ) : (
          <span class="made">
            as of <Time at={view.time} />
          </span>
        )}
      </header>
      {connection !== 'open' && (
        <p class="notice bad" role="status">
          {connection === 'lost'
            ? 'The server does not answer. The page is as it was, and goes on when `pipe ui` does.'
            : 'The server has another token: open the address that `pipe ui` printed.'}
        </p>
      )}
      {isOutdated && (
        <p class="notice" role="status">
          This page is older than the server. <button onClick={() => location.reload()}>Load it again</button>
        </p>
      )}
      {problem !== undefined && (
        <div class="notice bad" role="alert">
          <pre>{problem}</pre>
          <button onClick={() => report(undefined)}>Close</button>
        </div>
      )}
      {view.missing_flags.length > 0 && (
        <p class="notice">
          The last run had {view.missing_flags.join(' ')}; this page was made without. Stages can look stale
          for that.
        </p>
      )}
      <main id="main" tabIndex={-1} style={{ display: 'contents' }}>
        {route.view === 'graph' && <GraphView route={route} />}
        {route.view === 'timeline' && <Timeline route={route} />}
        {route.view === 'table' && <TableView route={route} />}
        {route.view === 'plots' && <PlotsView route={route} />}
        {route.view === 'data' && <DataView route={route} />}
        {route.view === 'stage' && (
          <div class="page">
            <StageView name={route.name} />
          </div>
        )}
        {!known && (
          <p class="page">
            There is no view of this name. <a href="#/graph">The graph</a>
          </p>
        )}
      </main>
      {isPrinting && <Paper />}
      <dialog ref={help} aria-label="Keys">
        <h2>Keys</h2>
        <table>
          <tbody>
            {KEYS.map(([key, text]) => (
              <tr key={key}>
                <td>
                  <kbd>{key}</kbd>
                </td>
                <td>{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <form method="dialog">
          <button>Close</button>
        </form>
      </dialog>
    </>
  );
}

/** How far the run is, and how long it still takes. Apart from the counts, which are read out when they change. */
function Left() {
  const { model, run, running } = useStore();
  const now = useClock(running);
  const isShown = running && run.run !== undefined;
  // Once a second, however many events come.
  const left = useMemo(
    () => (isShown ? runRemaining(model.view.stages, run, now) : undefined),
    [isShown, model, run.run, now],
  );
  if (!isShown) return null;
  return (
    <span class="left">
      {run.done} of {run.total}
      {left &&
        `, ${left.unknown > 0 ? 'more than' : 'about'} ${duration(left.seconds < 1 ? 1 : Math.round(left.seconds))} left`}
    </span>
  );
}

function Actions() {
  const { run, running } = useStore();
  const live = source.live!;
  const showAnswer = (asked: Promise<string | undefined>): void =>
    void asked.then(report, (error: unknown) => report(String(error)));
  return (
    <span class="actions">
      {running ? (
        <button onClick={() => showAnswer(live.stop())} disabled={run.stopping}>
          Stop
        </button>
      ) : (
        <button class="primary" onClick={() => showAnswer(live.start([], false))} title="pipe repro">
          Run
        </button>
      )}
    </span>
  );
}

const KEYS = [
  ['← → ↑ ↓', 'along the lines to what a stage reads from and what reads it, or to its neighbours'],
  ['Home End', 'to the first and the last box'],
  ['Enter', 'open the stage, or the grid of the group'],
  ['+ − 0', 'zoom, show everything'],
  ['f', 'only what leads to and from the chosen stage'],
  ['/', 'search'],
  ['Esc', 'close the panel'],
  ['?', 'these keys'],
] as const;

/** The address is the view's: a link to an element would change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main :is(a, button, input, select, [tabindex])')?.focus();
}

/** The keys of every view. */
function useKeys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!isShortcut(event)) return;
      if (event.key === '?') return dialog.current?.showModal();
      const search = event.key === '/' && document.querySelector<HTMLElement>('#main input[type=search]');
      if (!search) return;
      event.preventDefault();
      search.focus();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  return dialog;
}

/** Where the keyboard goes on, in this order. A box of the graph that has the focus is chosen by that. */
const GOES_ON = ['.matrix-tools a', '.node.selected', 'article h2', '.list a', 'input, select, a'];

/** What had the focus can be gone with the view or the panel that it was in: the keyboard does not begin at the head again. */
function useFocus({ view, name, params: { open, at } }: Route): void {
  const held = useRef<EventTarget | null>(null);
  const chosen = useRef(at);
  useEffect(() => {
    const hold = ({ target }: FocusEvent): void => void (held.current = target);
    addEventListener('focusin', hold);
    return () => removeEventListener('focusin', hold);
  }, []);
  useEffect(() => {
    const left = chosen.current;
    chosen.current = at;
    const isLost = held.current instanceof Element && !held.current.isConnected;
    if (!isLost || document.activeElement !== document.body) return;
    const entries = [...document.querySelectorAll<HTMLElement>('#main .list a')];
    const next =
      (at === undefined && entries.find(({ title }) => title === left)) ||
      GOES_ON.map((place) => document.querySelector<HTMLElement>(`#main :is(${place})`)).find(Boolean);
    next?.focus({ preventScroll: true });
  }, [view, name, open, at]);
}

function usePrinting(): boolean {
  const [isPrinting, set] = useState(() => matchMedia('print').matches);
  useEffect(() => {
    const print = matchMedia('print');
    const listen = (): void => set(print.matches);
    print.addEventListener('change', listen);
    return () => print.removeEventListener('change', listen);
  }, []);
  return isPrinting;
}

/** How the run goes, for those who look at another tab. */
function titleOf(
  project: string,
  running: boolean,
  { done, total, states }: RunState,
  counts: ReturnType<typeof countBy>,
): string {
  const stale = counts.reduce(
    (sum, [state, count]) => (state === 'stale' || state === 'blocked' ? sum + count : sum),
    0,
  );
  if (running) return `${[...states.values()].includes('failed') ? '✕' : '▶'} ${done}/${total} ${project}`;
  const failed = counts.find(([state]) => state === 'failed')?.[1] ?? 0;
  if (failed > 0) return `✕ ${failed} failed · ${project}`;
  return stale > 0 ? `≠ ${stale} stale · ${project}` : `✓ ${project}`;
}
