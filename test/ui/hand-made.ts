// Views of a page that are written by hand.
import type { StageView } from '../../src/ui/ui.ts';

/** When the page is made. */
export const NOW = Date.parse('2026-01-10T01:00:00.000Z');

export const stage = (name: string, more: Partial<StageView> = {}): StageView => ({
  name,
  group: null,
  axes: {},
  kind: 'stage',
  desc: null,
  state: 'stale',
  decision: 'run',
  reasons: [{ kind: 'new', text: 'new' }],
  waits_for: [],
  reads: [],
  metrics: {},
  last: { what: 'ran', time: NOW - 100_000, seconds: 30 },
  ...more,
});
export const fresh = { state: 'fresh', decision: 'fresh', reasons: [] } as const;

export const view = (more: object): object => ({
  format: 1,
  pipe: '1',
  project: 'demo',
  time: NOW,
  vanished: [],
  missing_flags: [],
  run: [],
  running: false,
  runs: [],
  ...more,
});

export const detail = (name: string, more: object = {}): object => ({
  name,
  recorded: true,
  cmd: [`make ${name}`],
  wdir: '.',
  file: 'pipeline.yaml',
  line: 3,
  inputs: [],
  outputs: [],
  params: [],
  env: [],
  resources: {},
  retry: null,
  timeout: null,
  history: [],
  log: null,
  ...more,
});
