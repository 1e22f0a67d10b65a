// A project of our own and a DVC repository, in which a stage reads data that is imported.
import type { TestContext } from 'node:test';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

export const PIPELINE = `stages:
  count:
    cmd: wc -c < data/raw.csv > count
    deps: [data/raw.csv]
    outs: [count]
`;

export const own = (t: TestContext): TestWorkspace =>
  makeWorkspaceMostlyHere(t, { 'pipeline.yaml': PIPELINE, 'data/.keep': '' });
export const dvc = (t: TestContext): TestWorkspace =>
  makeWorkspaceMostlyHere(t, { '.dvc/config': '', 'dvc.yaml': PIPELINE, 'data/.keep': '' });
