// The script of a job, in POSIX sh: starts once, runs the commands of the stage, keeps its time limit and writes its result. It needs
// nothing on its node but a shell; `setsid` (util-linux) lets it end everything that a command started.
import { isAbsolute } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { shellFlags } from '../process/shell-flags.ts';
import { valueOf } from '../process/environment.ts';
import type { Job, JobRequest } from '../process/executor.ts';

/** The file with the values of the parameters of the stage, in the folder of the job. */
export const PARAMS = 'params.json';

/** Characters of parameters in a script: batch systems refuse scripts of several megabytes. */
const MOST_PARAMS = 64 << 10;

/** Whether the script writes the file of the parameters: one file less to make and to remove for each job. */
export const writesParams = ({ params }: Job): boolean => params.length <= MOST_PARAMS;

export interface PreparedJob {
  readonly name: string;
  readonly dir: string;
  readonly job: Job;
  readonly request: JobRequest;
  /** `PIPE_RUN_ID` of its processes. */
  readonly run: string;
}

const FUNCTIONS = `
end() { # writes the result, as the last of all
  unwatch
  [ -e "$dir/fenced" ] && { : >"$dir/gone"; exit 1; }
  printf '%s\\n' "$1" >"$dir/result"
  { : >"$dir/../done/$name"; } 2>/dev/null
  exit "$code"
}
# Ends the command at its time limit. The wait is one process, and none where there is no limit.
limit() {
  sleep "$seconds" && : >"$dir/late" && kill -s TERM -- "-$1" && sleep "$grace" && kill -s KILL -- "-$1"
}
# A signal can get lost that comes before a subshell has reset its traps, so these are ended by force, each with the wait that it is in:
# a process that is left holds up the end of the job for a second.
unwatch() {
  for one in $watch; do
    wait=
    read -r wait 2>/dev/null <"/proc/$one/task/$one/children"
    kill -s KILL "$one" $wait 2>/dev/null
  done
  watch=
}
# Sees whether this attempt was given up, and how much memory the command uses.
guard() {
  peak=0 pause=2
  while sleep $pause; do
    [ $pause -eq 3 ] || pause=$((pause + 1))
    kill -0 "$1" || exit
    [ -e "$dir/fenced" ] && kill -s KILL -- "-$1"
    sum=0
    for kb in $(ps -o rss= -s "$1"); do sum=$((sum + kb)); done
    [ $sum -gt $peak ] && peak=$sum && echo $peak >"$dir/memory"
  done
}
run() {
  if command -v setsid >/dev/null; then setsid "$shell" $flags -c "$1" & pid=$!
  else "$shell" $flags -c "$1" & pid=$!; fi
  guard $pid >/dev/null 2>&1 3>&- &
  watch=$!
  if [ -n "$seconds" ]; then limit $pid >/dev/null 2>&1 3>&- & watch="$watch $!"; fi
  wait $pid; code=$?
  # A signal to this shell ends the wait, not the command.
  while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done
  kill -s KILL -- "-$pid" 2>/dev/null
  [ -e "$dir/late" ] && { code=124; end "timeout $limit"; }
  unwatch
  [ $code -eq 0 ] || end "code $code"
}`;

const SCRATCH = `
local=\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/pipe-$name
trap 'rm -rf "$local"' EXIT
mkdir -p "$local/tmp" "$local/work" || { code=1; end "start the folder $local cannot be made"; }
work=$local/work
PIPE_TMP=$local/tmp
take() {
  [ -e "$root/$1" ] || return 0
  mkdir -p "$work/$(dirname -- "$1")" && cp -RLp "$root/$1" "$work/$1" || { code=1; end "start $1 cannot be copied to $local"; }
}
give() { # beside its place first: what is there is replaced as a whole
  [ -e "$work/$1" ] || [ -L "$work/$1" ] || return 0
  to=$root/$1
  mkdir -p "$(dirname -- "$to")" && cp -RPp "$work/$1" "$to.$name" && rm -rf "$to" && mv "$to.$name" "$to" ||
    { code=1; end "start $1 cannot be copied back to $to"; }
}`;

export function jobScript({ name, dir, job, request, run }: PreparedJob): string {
  const { root, wdir, scratch, timeout, grace, inputs, outputs } = request;
  const shell = valueOf(job.env, 'SHELL') || '/bin/sh';
  const own = Object.entries({ ...request.env, PIPE_RUN_ID: run }).filter(([key]) => !HERE.has(key));
  // A folder outside of the project is where it is on every machine.
  const folder =
    wdir.startsWith('..') || isAbsolute(wdir) ? shellQuote(job.cwd) : `"$work"/${shellQuote(wdir)}`;
  return [
    '#!/bin/sh',
    '# One attempt at a stage, as a job. Written by pipe, which removes it once the result is stored.',
    `name=${shellQuote(name)}`,
    `dir=\${PIPE_JOB_DIR:-${shellQuote(dir)}}`,
    `root=\${PIPE_JOB_ROOT:-${shellQuote(root)}}`,
    `shell=${shellQuote(shell)} flags=${shellQuote(shellFlags(shell).join(' '))}`,
    `limit=${timeout ?? ''} seconds=${timeout ?? ''} grace=${grace} code=0 watch=`,
    'unset PIPE_JOB_DIR PIPE_JOB_ROOT',
    // Of two jobs for the same attempt, one runs it.
    'set -C',
    `echo "\${SLURM_ARRAY_JOB_ID:+\${SLURM_ARRAY_JOB_ID}_}\${SLURM_ARRAY_TASK_ID:-\${SLURM_JOB_ID:-\${PIPE_JOB_ID:--}}} \${SLURMD_NODENAME:-$(hostname)} \${SLURM_JOB_NAME:-}" 2>/dev/null >"$dir/started" || exit 0`,
    'set +C',
    'exec </dev/null >>"$dir/output" 2>&1 3>>"$dir/progress"',
    FUNCTIONS,
    `trap 'kill -s TERM -- "-$pid" 2>/dev/null' TERM INT HUP`,
    'work=$root',
    ...resources(request.env['PIPE_RESOURCES']),
    ...own.flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${shellQuote(value)}; export ${key}`],
    ),
    ...(scratch ? [SCRATCH, ...inputs.map((path) => `take ${shellQuote(path)}`)] : []),
    `PIPE_ROOT=$work PIPE_PARAMS_FILE=$dir/${PARAMS} PIPE_PROGRESS_FD=3`,
    ...(writesParams(job) ? [`printf '%s' ${shellQuote(job.params)} >"$PIPE_PARAMS_FILE"`] : []),
    `DVC_ROOT=\${DVC_ROOT:-$work}`,
    'export PIPE_ROOT PIPE_PARAMS_FILE PIPE_PROGRESS_FD PIPE_TMP DVC_ROOT',
    // Each command that the script calls adds its time to that of the job: this is there for all but copies.
    `[ -d "$PIPE_TMP" ] || mkdir -p "$PIPE_TMP"`,
    `cd ${folder} || { code=1; end "start the folder of the stage does not exist on $(hostname)"; }`,
    ...job.commands.map((command) => `run ${shellQuote(command)}`),
    ...(scratch ? outputs.map((path) => `give ${shellQuote(path)}`) : []),
    'end "code 0"',
    '',
  ].join('\n');
}

/** What the script sets itself, by where it runs. */
const HERE: ReadonlySet<string> = new Set([
  'PIPE_ROOT',
  'DVC_ROOT',
  'PIPE_PARAMS_FILE',
  'PIPE_PROGRESS_FD',
  'PIPE_RESOURCES',
]);

/** The GPUs that the job was given are known once it runs; the stage can set other ones. */
function resources(declared: string | undefined): readonly string[] {
  if (declared === undefined) return [];
  const { gpus: _, ...rest } = JSON.parse(declared) as { readonly gpus?: unknown };
  const before = JSON.stringify(rest).slice(0, -1);
  return [
    `gpus= IFS=,; for gpu in \${CUDA_VISIBLE_DEVICES:-}; do gpus="$gpus\${gpus:+,}\\"$gpu\\""; done; unset IFS`,
    `PIPE_RESOURCES=${shellQuote(before)},\\"gpus\\":[$gpus]}; export PIPE_RESOURCES`,
  ];
}
