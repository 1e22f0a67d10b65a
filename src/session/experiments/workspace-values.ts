// The parameters and metrics of the workspace, as its files are now.
import { existsSync, readFileSync } from 'node:fs';
import { PipeError } from '../../base/problem.ts';
import { absolutePath } from '../../base/workspace-path.ts';
import type { Value } from '../../base/value.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { parseParamsFile } from '../../pipeline/params/params-file.ts';
import { load } from '../load.ts';
import { recordedParams } from './recorded-values.ts';

export async function workspaceValues(): Promise<Pick<ExperimentRecord, 'params' | 'metrics'>> {
  const { project } = await load({});
  const { root, stages, reports } = project;
  const paths = [
    ...stages.flatMap(({ outs }) => outs.filter(({ metric }) => metric).map(({ at }) => at)),
    ...reports.flatMap((report) => report.metrics),
  ];
  const metrics = new Map<string, Value>();
  for (const at of new Set(paths)) {
    const path = absolutePath(root, at);
    if (!existsSync(path)) continue;
    try {
      metrics.set(at, parseParamsFile(readFileSync(path), at).value);
    } catch (error) {
      // A table, or a folder of other files.
      if (!(error instanceof PipeError) && (error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    }
  }
  return { params: recordedParams(project, new Map()), metrics };
}
