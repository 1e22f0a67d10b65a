// MLflow from PyPI, for the tests and benchmarks of this folder.
import { venv } from '../python.ts';

/** @returns the folder of its programs */
export const mlflowPrograms = (): string => venv('mlflow', ['mlflow[auth]>=3']);
