// Which command shows the project's mlflow.db: a plain `mlflow ui`, or one with the address of the database.
import { globSync } from 'node:fs';
import { DATABASE } from './mlflow-database.ts';

/** The first version that looks into mlflow.db by itself. */
const FIRST = [3, 7] as const;

/**
 * @param root absolute path of the project's folder
 * @param version of the MLflow at hand, as it calls itself
 * @param command that runs it
 */
export function uiCommand(root: string, version: string, command: readonly string[]): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > FIRST[0] || (major === FIRST[0] && minor >= FIRST[1]);
  // Runs of before that were written into files come first for it.
  const hasFiles = globSync('mlruns/*/meta.yaml', { cwd: root }).some((path) =>
    /^mlruns.\d+.meta/.test(path),
  );
  const program = command.join(' ').replace(`${root}/`, '');
  return `${program} ui${isNew && !hasFiles ? '' : ` --backend-store-uri sqlite:///${DATABASE}`}`;
}

/** @param url of a running server @returns its version, or an empty text where it does not say */
export async function serverVersion(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/version`);
    return response.ok ? (await response.text()).trim() : '';
  } catch {
    // Worth no failure: the longer command always works.
    return '';
  }
}
