// Writes the records of experiments while they run: at their start, when a stage starts or ends, and at their end.
import { absolutePath } from '../../base/workspace-path.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import { writeRecord } from '../../experiment/record-files.ts';
import { thisRunner } from '../../experiment/record-state.ts';
import type { ExperimentRecord, StageResult, StageState } from '../../experiment/record.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Outcome } from '../../plan/walk.ts';
import type { PlannedExperiment } from '../../run/experiment/planned-experiment.ts';
import type { Results } from '../../run/experiment/results.ts';
import type { ExperimentListener } from '../../run/experiment/experiments-context.ts';
import { lockTexts } from './lock-texts.ts';
import type { Plan, Planned } from './plan.ts';
import { recordedMetrics, recordedParams } from './recorded-values.ts';

export interface RecordKeeper extends ExperimentListener {
  /** Writes the records of experiments that are about to run. */
  begin(): void;
}

const STATES: Readonly<Record<Outcome, StageState>> = {
  fresh: 'known',
  restored: 'known',
  ran: 'ran',
  failed: 'failed',
  skipped: 'skipped',
  'would-restore': 'known',
  'would-run': 'waiting',
  blocked: 'waiting',
};

/** @param stopped whether the user has asked to stop: what did not run then has not failed. */
export function keepRecords(
  { planned, loaded, git }: Plan,
  store: ObjectStore,
  stopped: () => boolean,
): RecordKeeper {
  const { dialect, folders } = loaded;
  const records = new Map<PlannedExperiment, ExperimentRecord>();
  const of = (experiment: PlannedExperiment): ExperimentRecord => records.get(experiment)!;
  const note = (experiment: PlannedExperiment, stage: Stage, result: Partial<StageResult>): void => {
    const record = of(experiment);
    const stages = new Map(record.stages);
    stages.set(stage.address, { ...stages.get(stage.address)!, ...result });
    records.set(experiment, { ...record, stages });
  };
  const write = (experiment: PlannedExperiment): void => writeRecord(folders.experiments, of(experiment));
  const locksWith = (experiment: PlannedExperiment, results: Results): ReadonlyMap<string, string> =>
    lockTexts(experiment.stages, new Map([...experiment.earlier, ...results.entries()]), dialect);

  return {
    begin() {
      for (const one of planned) {
        records.set(one.experiment, startedRecord(one, git, loaded.project.root));
        write(one.experiment);
      }
    },
    key: (experiment, stage, key) => note(experiment, stage, { key }),
    started(experiment, stage) {
      note(experiment, stage, { state: 'running' });
      write(experiment);
    },
    ended(experiment, stage, { outcome, seconds, problem, results }) {
      note(experiment, stage, {
        state: STATES[outcome],
        ...(seconds !== undefined && { seconds }),
        ...(problem !== undefined && { problem }),
      });
      if (outcome !== 'ran' && outcome !== 'failed') return;
      // A result that nothing else names would be garbage if the run ended here.
      records.set(experiment, { ...of(experiment), locks: locksWith(experiment, results) });
      write(experiment);
    },
    done(experiment, results) {
      const { runner: _, ...record } = of(experiment);
      const isWhole = [...record.stages.values()].every(({ state }) => state === 'ran' || state === 'known');
      if (!isWhole && stopped()) return;
      records.set(experiment, {
        ...record,
        state: isWhole ? 'done' : 'failed',
        ended: new Date().toISOString(),
        metrics: recordedMetrics(experiment.project, results, store),
        locks: isWhole
          ? lockTexts(experiment.stages, results.entries(), dialect)
          : locksWith(experiment, results),
      });
      write(experiment);
    },
  };
}

/** With the results of an earlier run, which its stages replace. */
function startedRecord(
  { experiment, member, targets, folder, earlier }: Planned,
  { revision, dirty, changes }: Plan['git'],
  root: string,
): ExperimentRecord {
  const texts = new Map([...experiment.texts].map(([file, text]) => [absolutePath(root, file), text]));
  return {
    name: member.name,
    ...(member.group !== undefined && { group: member.group }),
    state: 'running',
    ...(folder !== '.' && { folder }),
    overlays: member.overlays,
    targets,
    ...(revision !== undefined && { revision }),
    ...(dirty && { dirty }),
    ...(changes !== undefined && { changes }),
    started: new Date().toISOString(),
    runner: thisRunner(),
    stages: new Map(experiment.stages.map(({ address }) => [address, { state: 'waiting' }])),
    params: recordedParams(experiment.project, texts),
    metrics: earlier?.metrics ?? new Map(),
    locks: earlier?.locks ?? new Map(),
  };
}
