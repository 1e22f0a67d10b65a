// Reads MLflow's credentials file, `~/.mlflow/credentials`: an INI file as Python's configparser understands it, of
// which the section [mlflow] counts. Owns no precedence between the file and the environment.
import { readFileSync } from 'node:fs';
import { MlflowError } from './errors.ts';

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/**
 * @param path absolute path of the file; a file that does not exist holds no credentials.
 * @throws MlflowError `BAD_CONFIGURATION` where it cannot be read
 */
export function readCredentialsFile(path: string): Credentials {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new MlflowError(
      {
        code: 'BAD_CONFIGURATION',
        message: `the credentials in ${path} cannot be read`,
        hint: 'Correct or remove it, or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.',
      },
      error,
    );
  }
  return parseCredentials(text);
}

export function parseCredentials(text: string): Credentials {
  const values = new Map<string, string>();
  let section = '';
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    // configparser knows whole-line comments only: a `#` inside a password is part of it.
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(.+)\]$/.exec(line);
    if (header) {
      section = header[1]!;
      continue;
    }
    const pair = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
    // configparser expands `%(name)s` and writes a percent sign as `%%`.
    if (pair && section === 'mlflow') values.set(pair[1]!.toLowerCase(), pair[2]!.replaceAll('%%', '%'));
  }
  const username = values.get('mlflow_tracking_username');
  const password = values.get('mlflow_tracking_password');
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}
