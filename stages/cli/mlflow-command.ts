// Finds the program that can run MLflow here. Runs nothing.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns the command with its first arguments, or undefined where there is none. */
export function findMlflow(
  root: string,
  uvx: boolean,
  path = process.env['PATH'] ?? '',
): string[] | undefined {
  const local = join(root, '.venv', 'bin', 'mlflow');
  if (isProgram(local)) return [local];
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const onPath = folders.map((folder) => join(folder, 'mlflow')).find(isProgram);
  if (onPath !== undefined) return [onPath];
  // Downloads MLflow, so only when asked.
  return uvx && folders.some((folder) => isProgram(join(folder, 'uvx'))) ? ['uvx', 'mlflow'] : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
