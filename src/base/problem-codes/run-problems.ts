// Problems of runs: of their stages and results, of lock files and of the run lock.
import type { ProblemEntry } from './entry.ts';

export const runProblems = {
  'run-record-newer': {
    meaning: 'A record of earlier results was written by a newer version of pipe. It is not changed.',
    cure: 'Update pipe.',
  },
  'output-changing': {
    meaning: 'An output changed after it was hashed and before it was stored.',
    cure: 'End the program that still writes it, then run again.',
  },
  nondeterministic: {
    meaning: 'The same inputs gave a different result than in an earlier run.',
    cure: 'Fix seeds and sort data whose order varies, if results must be comparable.',
  },
  'lock-unreadable': {
    meaning: 'The lock file is not valid YAML or not UTF-8 text, or has a key twice.',
    cure: 'Restore it from git, or delete it: the results are then found in the cache.',
  },
  'lock-conflict': {
    meaning: 'The lock file has unresolved merge conflicts.',
    cure: 'Resolve them, or take either side: stages that differ are restored or run again.',
  },
  'lock-damaged': {
    meaning: 'The lock file does not have the structure of a lock file.',
    cure: 'Restore it from git, or delete it: the results are then found in the cache.',
  },
  'lock-unknown-key': {
    meaning:
      'The lock file has a key that this version does not know: it is misspelt, or a newer pipe wrote it.',
    cure: 'Correct it, restore the file from git, or update pipe.',
  },
  'lock-foreign-schema': {
    meaning: 'The file given with --lock is not a lock file.',
    cure: 'Give another file, or move this one elsewhere.',
  },
  'lock-newer-schema': {
    meaning: 'The lock file was written by a newer version of pipe.',
    cure: 'Update pipe.',
  },
  'vanished-unsaved': {
    meaning:
      'The workspace has an output of a stage that is no longer declared, and the cache does not have its content: to remove it would lose data.',
    cure: 'If it is a source now, track it with git or declare it as a dependency. Else delete it, or move it out of the project.',
  },
  'out-not-written': {
    meaning: 'A stage ended with exit code 0 but did not write an output that it declares.',
    cure: 'Correct the path in the command or in the declaration.',
  },
  'stage-failed': {
    meaning: "A stage's command ended with an error.",
    cure: 'Read its output (`pipe logs STAGE`), correct it and run again: finished stages are not repeated.',
  },
  'batch-unavailable': {
    meaning: 'A batch system (Slurm, for example) does not answer, or takes no job now. Jobs that run go on.',
    cure: 'Nothing, if it comes back: the run waits. Else end the run and ask the administrators; the next run continues.',
  },
  'batch-missing': {
    meaning: 'Stages are to run as jobs of a batch system whose commands do not exist here.',
    cure: 'Run on a machine that submits jobs, or set `executor: local`.',
  },
  'batch-undeclared': {
    meaning: 'A stage has `executor: command`, and the project does not say how jobs are submitted.',
    cure: 'Declare `config: {command: {submit: …, poll: …, cancel: …}}`.',
  },
  'jobs-left': {
    meaning: 'The run was ended and its jobs go on in the batch system.',
    cure: 'Run again to continue: their results are taken over. To end them, use the commands of the batch system.',
  },
  'jobs-cancelled': {
    meaning: 'The run was ended, and its jobs in the batch system were cancelled.',
    cure: 'Nothing: the next run submits them again.',
  },
  'detach-refused': {
    meaning: 'Slurm did not accept the job in which a detached run was to go on.',
    cure: 'Read its reason; `pipe repro --detach` runs in the background of this machine instead.',
  },
  'detached-already': {
    meaning: 'One detached run at a time can be followed in a project, and there is one that goes on.',
    cure: '`pipe attach` follows it; `pipe repro` without `--detach` waits for its end.',
  },
  'not-detached': {
    meaning: '`pipe attach` follows runs that `pipe repro --detach` started, and there was none.',
    cure: '`pipe repro --detach` starts one; `pipe logs -f STAGE` follows a stage of any run.',
  },
  'dep-missing': {
    meaning: 'A stage depends on a file that does not exist and that no stage writes.',
    cure: 'Create the file, or correct the path.',
  },
  'frozen-out-missing': {
    meaning: 'An output of a frozen stage or of a data file is missing. A run creates neither.',
    cure: 'Fetch it, or unfreeze the stage.',
  },
  'dep-changed-meanwhile': {
    meaning:
      'A dependency or parameter changed while the stage that reads it ran, so the result matches neither state.',
    cure: 'Run again when the file no longer changes.',
  },
  'run-locked': {
    meaning: 'Another run is active in this project.',
    cure: 'Wait for it to end, or stop it.',
  },
  'run-died': {
    meaning:
      'The previous run was killed, or the machine stopped. Processes that it left were ended. Results that it finished are kept.',
    cure: 'No action is needed: unfinished stages run again.',
  },
  'process-escaped': {
    meaning:
      'A stage started a process that left the process group, cleared its environment and still runs after the run. On Linux it is found because it holds the output of the stage open; a process that closed the output too is not found.',
    cure: 'End it if it is not wanted. Start a process that is to outlive the run outside of the pipeline.',
  },
  'processes-left': {
    meaning: 'A stage started processes that still ran after its end. They were ended with the run.',
    cure: 'Start a process that is to outlive the run outside of the pipeline.',
  },
  'run-lock-unavailable': {
    meaning: 'The file of the run lock cannot be opened or locked.',
    cure: 'Correct the permissions of the cache folder, or put it on a file system that supports locks.',
  },
  'run-locked-elsewhere': {
    meaning: 'A run on another host holds the run lock of this project, or died there.',
    cure: 'Check that host; if the run has ended, use --break-lock.',
  },
  'resources-impossible': {
    meaning: 'A stage asks for more of a resource than the machine or the pool has.',
    cure: 'Ask for less, or declare the pool under `config: pools:`.',
  },
  'data-recorded': {
    meaning:
      'The data of a `.dvc` file, or an output of a frozen stage, was changed by hand. The new content is stored and recorded.',
    cure: 'If the change was intended, no action is needed. Else restore the earlier `.dvc` file or dvc.lock from git and check out the data.',
  },
  'dvc-busy': {
    meaning: 'A DVC command is running in this repository, on the same files or on the whole repository.',
    cure: 'Wait for it to end, then run again.',
  },
  'dvc-lock-unavailable': {
    meaning:
      "DVC's lock cannot be taken: neither perl nor python3 is installed, or its file in `.dvc/tmp` cannot be written.",
    cure: 'Install one of them, or do not run DVC at the same time.',
  },
  'no-log': {
    meaning: 'A stage has no log: it has not run in this project, or its result came from the cache.',
    cure: 'Run it (`pipe repro -f STAGE`).',
  },
  'watch-limit': {
    meaning: 'The operating system has no more file watches.',
    cure: 'Raise fs.inotify.max_user_watches, or watch fewer targets.',
  },
  'commit-unconfirmed': {
    meaning: 'The workspace differs from the lock file, and `pipe commit` was not confirmed.',
    cure: 'Check the differences; give -f to record the workspace as it is.',
  },
  'git-failed': {
    meaning: 'git could not list branches or read their files.',
    cure: 'Run the command in a git repository that has commits.',
  },
  'unknown-column': {
    meaning: 'A metric or an axis was named that no stage of the group has.',
    cure: 'Name one that the table shows (`pipe metrics show GROUP`).',
  },
  'values-missing': {
    meaning: 'A file of metrics or parameters is not in a revision, or its content is not in the cache.',
    cure: 'Fetch its content with --pull, run the stage, or correct the path.',
  },
  'not-in-git': {
    meaning: 'Revisions were named, and the project is in no git repository.',
    cure: 'Run the command in a clone, or leave the revisions out.',
  },
  'needs-dry': {
    meaning:
      '`pipe repro --allow-missing` was called without `--dry`. Without data only decisions are possible.',
    cure: 'Give `--dry` too, or fetch what stages need with `pipe repro --pull`.',
  },
  'unknown-revision': {
    meaning: 'A revision was given that git does not know, or a short name that several commits have.',
    cure: 'Give a branch, a tag or a commit (`git log --oneline`), or fetch it first (`git fetch`).',
  },
  'port-taken': {
    meaning: '`pipe ui` cannot use the port.',
    cure: 'Name another with `--port`, or leave it out.',
  },
} satisfies Record<string, ProblemEntry>;
