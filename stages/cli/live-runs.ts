// Reads the live files of running trainings as unfinished runs, configurations before their folds. Sends nothing.
import { globSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { metricValue, type LiveRun, type Point } from '@pipe-engine/mlflow';
import { configurationKey, configurationName, foldKey } from '../lib/tracking/names.ts';
import { means, params } from '../lib/tracking/values.ts';
import type { LiveEpoch, LiveHead } from '../lib/training/live-history.ts';

/** @param root absolute path of the project's folder @returns runs by the folder of all outputs that they belong to */
export function readLiveRuns(root: string): Map<string, LiveRun[]> {
  const found = new Map<string, LiveRun[]>();
  for (const path of globSync('Data/*/live/*.jsonl', { cwd: root }).sort()) {
    const text = contentOf(join(root, path));
    const lines =
      text
        ?.slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean) ?? [];
    if (lines.length === 0 || isAbandoned(JSON.parse(lines[0]!) as LiveHead)) continue;
    const outputs = path.split('/').slice(0, 2).join('/');
    const runs = found.get(outputs) ?? [];
    found.set(outputs, runs);
    for (const run of liveRuns(basename(path, '.jsonl'), lines))
      if (!runs.some(({ key }) => key === run.key)) runs.push(run);
  }
  return found;
}

/** @param folder name of the training's folder @param lines whole lines of its live file @returns the configuration and the fold */
export function liveRuns(folder: string, lines: readonly string[]): [LiveRun, LiveRun] {
  const [head, ...epochs] = lines.map((line) => JSON.parse(line) as unknown) as [LiveHead, ...LiveEpoch[]];
  const { fold, configuration, started } = head;
  const name = configurationName(folder, fold);
  const parent = configurationKey(name);
  const metrics: Record<string, Point[]> = {};
  for (const { epoch, time, values } of epochs)
    for (const [metric, value] of Object.entries(values))
      (metrics[metric] ??= []).push([epoch, time, metricValue(value)]);
  const tags = { stage: 'train', ...means(configuration) };
  return [
    {
      key: parent,
      name,
      start: started,
      params: params(configuration),
      tags: { stage: 'train' },
      metrics: {},
    },
    {
      key: foldKey(parent, fold),
      parent,
      name: `fold_${fold}`,
      start: started,
      params: { ...params(configuration), fold: String(fold) },
      tags,
      metrics,
    },
  ];
}

/** Of other hosts nothing is known. */
function isAbandoned(head: LiveHead): boolean {
  if (head.host !== hostname()) return false;
  try {
    process.kill(head.process, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** Undefined when the training has just ended. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
