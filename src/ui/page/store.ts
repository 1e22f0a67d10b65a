// The state of the page. Changes are drawn together, once a frame.
import { useEffect, useReducer } from 'preact/hooks';
import type { LiveMessage, ProjectView } from '../contract.ts';
import { makeModel, type Model } from './model.ts';
import { foldRun, takeEvent, type RunState } from './run-state.ts';
import type { Source } from './source.ts';

export interface State {
  model: Model;
  run: RunState;
  /** A run goes on. */
  running: boolean;
  problem: string | undefined;
  connection: 'open' | 'lost' | 'refused';
  /** The server gives out another page than this one. */
  isOutdated: boolean;
  /** Grows with each change of the view: what is kept by it is made again. */
  version: number;
  /** Grows where experiments changed. */
  tables: number;
}

const listeners = new Set<() => void>();
let isDue = false;
let drawn = -Infinity;
let state: State;
export let source: Source;

export function openStore(view: ProjectView, from: Source): void {
  source = from;
  // The frame that was asked for does not come while the page is hidden.
  document.addEventListener('visibilitychange', draw);
  state = {
    ...ofView(view),
    problem: undefined,
    connection: 'open',
    isOutdated: false,
    version: 0,
    tables: 0,
  };
}

const ofView = (view: ProjectView): Pick<State, 'model' | 'run' | 'running'> => ({
  model: makeModel(view),
  run: foldRun(view.run),
  running: view.running,
});

export function take(message: LiveMessage): void {
  switch (message.type) {
    case 'hello':
      state.isOutdated = document.getElementById('build')?.textContent !== message.build;
      break;
    case 'view':
      Object.assign(state, ofView(message.view), { problem: undefined, version: state.version + 1 });
      break;
    case 'events':
      for (const event of message.events) {
        takeEvent(state.run, event);
        if (event.type === 'run-start') state.running = true;
        if (event.type === 'run-end') state.running = false;
      }
      break;
    case 'tables':
      state.tables += 1;
      break;
    case 'problem':
      state.problem = message.text;
      break;
    case 'connection':
      state.connection = message.state;
      break;
  }
  changed();
}

/** For what the page itself has to say. */
export const report = (text: string | undefined): void => {
  state.problem = text;
  changed();
};

/** Milliseconds between drawings: stages of a large run end faster than anybody reads. */
const BETWEEN = 250;

/** Draws again at a frame. A hidden page gets none: its title is all that can be seen of it. */
function changed(): void {
  if (isDue) return;
  isDue = true;
  const wait = drawn + BETWEEN - performance.now();
  setTimeout(() => (document.hidden ? draw() : requestAnimationFrame(draw)), wait);
}

function draw(): void {
  if (!isDue) return;
  isDue = false;
  drawn = performance.now();
  for (const listener of listeners) listener();
}

export function useStore(): State {
  const [, again] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => {
    const listener = (): void => again();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return state;
}
