// A small shell that knows which process groups run and ends them when its input closes without a `done`, however this
// process died. On Linux it also finds processes that left their group, by the run's id.
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

export interface Supervisor {
  started(group: number): void;
  ended(group: number): void;
  /** All groups have ended: nothing is left to watch. */
  close(): void;
}

// Reads `+GROUP`, `-GROUP` and `done`. In POSIX sh, since it must start in a millisecond and stay small for hours.
const SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r line; do
  group=\${line#?}
  case $line in
    +*) groups="$groups$group " ;;
    -*) groups="\${groups%% $group *} \${groups#* $group }" ;;
    done) exit 0 ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ -d /proc/self ] || exit 0
for file in $(grep -lzsx "PIPE_RUN_ID=$1" /proc/[0-9]*/environ 2>/dev/null); do
  pid=\${file#/proc/}
  kill -KILL "\${pid%/environ}" 2>/dev/null
done
`;

/** @param run the `PIPE_RUN_ID` of every stage; the supervisor's own environment must not have it. */
export function startSupervisor(run: string): Supervisor {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'pipe-supervisor', run], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  // Without a free descriptor there is no child: no stage can start either, and its error says why.
  child.on('error', () => {});
  const stdin = child.stdin as Writable | undefined;
  stdin?.on('error', () => {});
  child.unref();
  const send = (line: string): void => void (stdin?.writable && stdin.write(`${line}\n`));
  return {
    started: (group) => send(`+${group}`),
    ended: (group) => send(`-${group}`),
    close: () => void stdin?.end('done\n'),
  };
}
