// What `rclone` says when it fails, in our words.
import { failed, full, refused, unreachable } from '../remote-problem.ts';
import { NoRclone, RcloneFailure } from './run-rclone.ts';

interface At {
  readonly name: string;
  readonly url: string;
}

/** @param place as rclone has it; @param doing what failed. @returns anything else as it is. */
export function rcloneProblem(error: unknown, at: At, place: string, doing: string): unknown {
  if (error instanceof NoRclone)
    return unreachable(
      at,
      'the program `rclone` is not installed here',
      'install it (Debian: `apt-get install rclone`; else https://rclone.org/install), and describe the storage with `rclone config`',
    );
  if (!(error instanceof RcloneFailure)) return error;
  const own = place.slice(0, place.indexOf(':'));
  const said = error.messages.join('\n');
  const reason = shortened(error.message);
  if (/didn't find section in config file|not found in config|couldn't find (?:type|section)/i.test(said))
    return unreachable(
      at,
      `rclone has no remote called '${own}'`,
      'describe it with `rclone config`, or correct the name (`rclone listremotes` prints them)',
    );
  if (/unable to decrypt configuration|Couldn't decrypt|password.*configuration/i.test(said))
    return refused(
      at,
      'in',
      'the configuration of rclone is encrypted',
      'set RCLONE_CONFIG_PASS, or RCLONE_PASSWORD_COMMAND',
    );
  if (
    /no space left|remaining disk space|disk full|quota|insufficient storage|storage ?full|\b507\b/i.test(
      said,
    )
  )
    return full(at, doing);
  if (/read-only file system/i.test(said))
    return refused(
      at,
      doing,
      'the file system there is mounted read-only',
      'push to another remote, or have it mounted for writing',
    );
  if (
    /\b401\b|unauthori[sz]ed|invalid_grant|token.*expired|expired.*token|couldn't fetch token|unauthenticated/i.test(
      said,
    )
  )
    return refused(at, doing, reason, `log in again: \`rclone config reconnect ${own}:\``);
  if (/permission denied|\b403\b|forbidden|access ?denied/i.test(said))
    return refused(at, doing, reason, `look at what \`rclone lsd ${own}:\` is allowed to do`);
  if (
    /no such host|connection refused|i\/o timeout|network is unreachable|no route to host|couldn't connect/i.test(
      said,
    )
  )
    return unreachable(at, reason);
  return failed(at, doing, reason);
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text).trim();
