// Who sends: the name that runs get as mlflow.user.
import { userInfo } from 'node:os';

/** A container may run as a number that no name belongs to. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
