// The shapes of what commands print with `--json`. docs/json.md is made from these files, in this order; a test compiles real outputs
// against them.
export type * from './json-output/shared.ts';
export type * from './json-output/compare.ts';
export type * from './json-output/status.ts';
export type * from './json-output/run.ts';
export type * from './json-output/pipeline.ts';
export type * from './json-output/remotes.ts';
export type * from './json-output/reports.ts';
export type * from './json-output/page.ts';
export type * from './json-output/results.ts';
export type * from './json-output/cache.ts';
export type * from './json-output/imports.ts';
