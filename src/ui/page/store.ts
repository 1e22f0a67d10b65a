// The state of the page. Changes are drawn together, once a frame.
import type { ProjectView } from '../contract.ts';
import { makeModel, type Model } from './model.ts';
import { foldRun, type RunState } from './run-state.ts';
import type { Source } from './source.ts';

export interface State {
  model: Model;
  run: RunState;
  /** A run goes on. */
  running: boolean;
  problem: string | undefined;
  connection: 'open' | 'lost' | 'refused' | 'outdated';
  /** Grows with each change of the view: what is kept by it is made again. */
  version: number;
}

let state: State;
export let source: Source;

export function openStore(view: ProjectView, from: Source): void {
  source = from;
  state = { ...ofView(view), problem: undefined, connection: 'open', version: 0 };
}

const ofView = (view: ProjectView): Pick<State, 'model' | 'run' | 'running'> => ({
  model: makeModel(view),
  run: foldRun(view.run),
  running: view.running,
});

export const useStore = (): State => state;
