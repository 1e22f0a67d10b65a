// The metrics of a stage as they are in the workspace, by their names.
import { readFileSync, statSync } from 'node:fs';
import { errno, PipeError } from '../base/problem.ts';
import { isScalar, toJson, type Json } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { flattened } from '../compare/flatten-values.ts';
import { metricName } from '../compare/metric-name.ts';
import { parseParamsFile } from '../pipeline/params/params-file.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Mask } from './mask.ts';

/** Larger files are no summary. */
const LARGEST = 1 << 20;

/** Files that are missing, or cannot be read, have none: `pipe metrics show` says why. */
export function stageMetrics(stage: Stage, root: string, mask: Mask): { readonly [name: string]: Json } {
  const found = new Map<string, Json>();
  for (const { at, metric } of stage.outs) {
    if (!metric) continue;
    for (const [name, value] of valuesIn(absolutePath(root, at), at))
      found.set(metricName(at, name, found), mask.json(value));
  }
  return Object.fromEntries(found);
}

function valuesIn(path: string, shown: string): (readonly [string, Json])[] {
  const value = readValue(path, shown);
  if (value === undefined) return [];
  return Array.from(flattened(value)).flatMap(([name, one]) =>
    isScalar(one) && one !== null ? [[name, toJson(one)] as const] : [],
  );
}

/** What a metrics file holds; undefined where it cannot be read. */
export const valueIn = (root: string, at: WorkspacePath): Value | undefined =>
  readValue(absolutePath(root, at), at);

function readValue(path: string, shown: string): Value | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= LARGEST
      ? parseParamsFile(readFileSync(path), shown).value
      : undefined;
  } catch (error) {
    if (error instanceof PipeError || errno(error) !== undefined) return undefined;
    throw error;
  }
}
