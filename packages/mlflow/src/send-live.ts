// Sends the beginning of running trainings. The finished record contains the same values, so that sendRecord can complete the same runs
// later; this file ends no run.
import { checkValues } from './check-record.ts';
import { findExperiment } from './find-experiment.ts';
import { PARENT_TAG, TAGS, tag } from './send-plan.ts';
import { tagEquals, type MlflowClient } from './client.ts';
import type { ExperimentChoice } from './environment.ts';
import type { RecordedRun } from './record.ts';
import type { MetricPoint } from './types.ts';

/** As far as it has come: a history only grows. */
export type LiveRun = Pick<RecordedRun, 'key' | 'parent' | 'name' | 'start' | 'params' | 'tags' | 'metrics'>;

export interface LiveOptions {
  readonly project: string;
  readonly experimentName: string;
  readonly experiment?: ExperimentChoice;
  readonly extraTags?: Readonly<Record<string, string>>;
}

export interface LiveSender {
  /**
   * Sends new points. Parents come before their children.
   * @returns the number of points sent
   * @throws MlflowError `BAD_RECORD` before anything is sent; others as of the client
   */
  update(runs: readonly LiveRun[]): Promise<number>;
}

interface Followed {
  readonly id: string;
  readonly start: number;
  /** The record of this very run has been sent already. */
  readonly over: boolean;
  readonly sent: Map<string, number>;
}

export async function openLiveSender(client: MlflowClient, options: LiveOptions): Promise<LiveSender> {
  const experimentId = await findExperiment(client, options.experimentName, options.experiment ?? {});
  const followed = new Map<string, Followed>();
  for (const on of await client.searchRuns(experimentId, tagEquals(TAGS.project, options.project))) {
    const key = tag(on, TAGS.key);
    if (key === undefined || tag(on, TAGS.stale) !== undefined) continue;
    followed.set(key, {
      id: on.info.run_id,
      start: on.info.start_time ?? 0,
      over: tag(on, TAGS.hash) !== undefined,
      sent: new Map(),
    });
  }

  async function begin(run: LiveRun): Promise<Followed> {
    const known = followed.get(run.key);
    // A group stays the same whichever of its members began first.
    const isGroup = Object.keys(run.metrics).length === 0;
    if (known !== undefined && (known.start === run.start || isGroup)) return known;
    const parent = run.parent === undefined ? undefined : followed.get(run.parent)?.id;
    const tags = {
      ...options.extraTags,
      ...run.tags,
      [TAGS.project]: options.project,
      [TAGS.key]: run.key,
      ...(parent === undefined ? {} : { [PARENT_TAG]: parent }),
    };
    const filter = [tagEquals(TAGS.project, options.project), tagEquals(TAGS.key, run.key)].join(' and ');
    const on = await client.createRun({
      experimentId,
      name: run.name,
      startTime: run.start,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      recover: async () =>
        (await client.searchRuns(experimentId, filter)).find(
          (found) => found.info.start_time === run.start && tag(found, TAGS.hash) === undefined,
        ),
    });
    await client.logBatch(on.info.run_id, {
      params: Object.entries(run.params).map(([key, value]) => ({ key, value })),
    });
    const entry = { id: on.info.run_id, start: run.start, over: false, sent: new Map<string, number>() };
    followed.set(run.key, entry);
    return entry;
  }

  return {
    async update(runs) {
      for (const run of runs) checkValues(run);
      let total = 0;
      for (const run of runs) {
        const entry = await begin(run);
        if (entry.over) continue;
        const metrics = newPoints(run, entry.sent);
        if (metrics.length === 0) continue;
        await client.logBatch(entry.id, { metrics });
        for (const [key, points] of Object.entries(run.metrics)) entry.sent.set(key, points.length);
        total += metrics.length;
      }
      return total;
    },
  };
}

function newPoints(run: LiveRun, sent: ReadonlyMap<string, number>): MetricPoint[] {
  return Object.entries(run.metrics).flatMap(([key, points]) =>
    points.slice(sent.get(key) ?? 0).map(([step, timestamp, value]) => ({ key, step, timestamp, value })),
  );
}
