// Which experiment on the server runs go to: by id, by name, made where it does not exist.
import { MlflowError } from './errors.ts';
import type { MlflowClient } from './client.ts';
import type { ExperimentChoice } from './environment.ts';
import type { Experiment } from './types.ts';

/**
 * @param name the record's experiment, used where the environment chooses none.
 * @returns the experiment's id
 * @throws MlflowError `EXPERIMENT_DELETED`, `BAD_CONFIGURATION` when id and name do not belong together.
 */
export async function findExperiment(
  client: MlflowClient,
  name: string,
  choice: ExperimentChoice,
): Promise<string> {
  if (choice.id !== undefined) {
    const experiment = await client.experiment(choice.id);
    if (choice.name !== undefined && experiment.name !== choice.name)
      throw new MlflowError({
        code: 'BAD_CONFIGURATION',
        message: `experiment ${choice.id} is named ${experiment.name}, and MLFLOW_EXPERIMENT_NAME says ${choice.name}`,
        hint: 'Unset MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME.',
      });
    return active(experiment);
  }
  const wanted = choice.name ?? name;
  const found = await client.experimentByName(wanted);
  return found === undefined ? client.createExperiment(wanted) : active(found);
}

function active(experiment: Experiment): string {
  if (experiment.lifecycle_stage === 'active') return experiment.experiment_id;
  throw new MlflowError({
    code: 'EXPERIMENT_DELETED',
    message: `the experiment ${experiment.name} was deleted on the server`,
    hint: `Restore it (mlflow experiments restore --experiment-id ${experiment.experiment_id}), or set MLFLOW_EXPERIMENT_NAME to another name.`,
  });
}
