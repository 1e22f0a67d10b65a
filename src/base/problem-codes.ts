// Every code a problem can carry, with its meaning and its cure: the source of docs/errors.md.

interface CodeEntry {
  readonly meaning: string;
  readonly cure: string;
}

const define = <const T extends Record<string, CodeEntry>>(entries: T): T => entries;

export const problemCodes = define({
  'dvc-command': {
    meaning: 'The command is one of DVC that pipe does not have.',
    cure: 'Follow the hint: it names what pipe has in its place. In a DVC repository, use `dvc` for it.',
  },
  'no-pipeline': {
    meaning: 'No pipeline file was found here or in any parent folder.',
    cure: 'Go to the project folder, or write a pipeline.yaml (`pipe init` makes an annotated one).',
  },
  'not-a-file': {
    meaning: 'A dependency or output is a device, a named pipe, a socket, or of the wrong kind.',
    cure: 'Declare a regular file or a directory.',
  },
  unreadable: {
    meaning: 'A file or folder exists but cannot be read.',
    cure: 'Correct its permissions, or repair the disk or mount it lies on.',
  },
  'file-changing': {
    meaning: 'A file was modified every time it was being hashed.',
    cure: 'Wait until whatever writes it has ended.',
  },
  'bad-name': {
    meaning: 'A file inside a dependency or output directory has a name that cannot be kept exactly.',
    cure: 'Rename the file (valid UTF-8, at most 255 bytes).',
  },
  'symlink-refused': {
    meaning:
      'A symlink inside a directory, or an output, points outside of the project, in a circle or, in a DVC repository, to nothing.',
    cure: 'Put the file itself there, or link to a place inside the project, relative.',
  },
  'manifest-refused': {
    meaning: 'The list of files of a cached directory is damaged or would write outside of the directory.',
    cure: 'Nothing was written. Run the stage again; do not trust where the object came from.',
  },
  'cache-foreign': {
    meaning: 'The folder set as cache holds files that are not a cache.',
    cure: 'Set another folder with `config: {cache: {dir: …}}`, or move those files away.',
  },
  'cache-link': {
    meaning: 'A folder or file below the cache is a symbolic link. Such links are never followed.',
    cure: 'Remove the link; to keep the cache elsewhere, set its folder with `config: {cache: {dir: …}}`.',
  },
  'run-record-newer': {
    meaning: 'A record of earlier results was written by a newer version of pipe; it is left as it is.',
    cure: 'Update pipe.',
  },
  'save-refused': {
    meaning:
      'At the place of an output is a socket, a device or a named pipe, which would be replaced and cannot be saved before.',
    cure: 'Remove it, or move it away.',
  },
  'not-saved': {
    meaning:
      'Nothing is saved under this name: `pipe cache restore` was given another, or it was removed since.',
    cure: 'List what is saved with `pipe cache saved`.',
  },
  'restore-exists': {
    meaning: 'Something is at the path to which saved content is to be put back.',
    cure: 'Give another path, or move away what is there.',
  },
  'disk-full': {
    meaning: 'The file system or quota has no room left.',
    cure: 'Free some space (`pipe gc` removes unused objects), then run again.',
  },
  'cache-not-writable': {
    meaning: 'The cache or the workspace cannot be written.',
    cure: 'Correct its permissions, or set another cache folder.',
  },
  'disk-error': {
    meaning: 'The disk failed to write; what was being stored is not kept.',
    cure: 'Check the disk and its file system, then run again.',
  },
  'not-permitted': {
    meaning: 'The operating system does not let pipe read or write a file.',
    cure: 'Correct its permissions, or those of the folders around it.',
  },
  'file-too-large': {
    meaning: 'A file is larger than the system, a limit of the shell or a program can take.',
    cure: 'Raise the limit (`ulimit -f`), use another file system, or make the file smaller.',
  },
  'too-many-open-files': {
    meaning: 'The process, or the machine, has no more file descriptors.',
    cure: 'Raise the limit (`ulimit -n`), or run fewer stages at a time (`-j`).',
  },
  'file-in-the-way': {
    meaning: 'A file is where a folder is needed, or a folder where a file is needed.',
    cure: 'Move what is in the way elsewhere, then run again.',
  },
  'system-error': {
    meaning: 'The operating system refused something in another way; the message says what, and where.',
    cure: 'Look at the path and at its file system, then run again.',
  },
  'object-corrupt': {
    meaning: 'An object of the cache did not have the content of its name; it was set aside.',
    cure: 'Nothing: its stage runs again. Check the disk if it happens often.',
  },
  'output-changing': {
    meaning: 'An output changed after it was hashed and before it was stored.',
    cure: 'End whatever still writes it, then run again.',
  },
  nondeterministic: {
    meaning: 'The same inputs gave another result than an earlier run.',
    cure: 'Fix seeds and sort what depends on order, if results are to be comparable.',
  },
  'lock-unreadable': {
    meaning: 'The lock file is not valid YAML or not UTF-8 text, or has a key twice.',
    cure: 'Restore it from git, or delete it: results in the cache are found again.',
  },
  'lock-conflict': {
    meaning: 'The lock file has unresolved merge conflicts.',
    cure: 'Resolve them, or take either side: what differs is restored or run again.',
  },
  'lock-damaged': {
    meaning: 'The lock file does not have the shape of a lock file.',
    cure: 'Restore it from git, or delete it: results in the cache are found again.',
  },
  'lock-unknown-key': {
    meaning:
      'The lock file has a key that this version does not know: it is misspelt, or a newer pipe wrote it.',
    cure: 'Correct it, restore the file from git, or update pipe.',
  },
  'lock-foreign-schema': {
    meaning: 'The file given as lock file is not one.',
    cure: 'Give another file with --lock, or move this one away.',
  },
  'lock-newer-schema': {
    meaning: 'The lock file was written by a newer version of pipe.',
    cure: 'Update pipe.',
  },
  'vanished-unsaved': {
    meaning:
      'An output of a stage that is no longer declared is in the workspace, and the cache does not have its bytes, so that removing it would lose them.',
    cure: 'Track it with git or declare it as a dependency, if it is a source by now; else delete it, or move it out of the project.',
  },
  'out-not-written': {
    meaning: 'A stage ended with exit code 0 but did not write an output that it declares.',
    cure: 'Correct the path in the command or in the declaration.',
  },
  'stage-failed': {
    meaning: "A stage's command ended with an error.",
    cure: 'Read its output (`pipe logs STAGE`) and run again: finished stages stay finished.',
  },
  'dep-missing': {
    meaning: 'A stage depends on a file that does not exist and that no stage writes.',
    cure: 'Put the file there, or correct the path.',
  },
  'frozen-out-missing': {
    meaning: 'An output of a frozen stage or of a data file is missing; neither is ever made by a run.',
    cure: 'Fetch it, or unfreeze the stage.',
  },
  'cache-lost': {
    meaning: 'Results that the cache should have are missing or damaged there.',
    cure: 'Nothing: the stage runs again. `pipe verify` looks at the whole cache.',
  },
  'dep-changed-meanwhile': {
    meaning:
      'A dependency or parameter changed while the stage that reads it ran, so that its result belongs to neither state.',
    cure: 'Run again when the file is at rest.',
  },
  'run-locked': {
    meaning: 'Another run is at work in this project.',
    cure: 'Wait for it to end, or stop it.',
  },
  'run-died': {
    meaning:
      'The run before was killed, or the machine stopped. What it left running was ended; what it finished is kept.',
    cure: 'Nothing: what it did not finish runs again.',
  },
  'process-escaped': {
    meaning:
      'A stage started a process that left its process group, cleared its environment and goes on after the run. It is found by the output of the stage that it holds open (on Linux); one that closed that too cannot be found.',
    cure: 'End it if it is not wanted. Start what is to outlive a run by itself, outside of the pipeline.',
  },
  'processes-left': {
    meaning: 'A stage started processes that went on after its end; they were ended with the run.',
    cure: 'Start what is to outlive a run by itself, outside of the pipeline.',
  },
  'run-lock-unavailable': {
    meaning: 'The file that keeps two runs apart cannot be opened or locked.',
    cure: 'Correct the permissions of the cache folder, or put it on a file system that knows locks.',
  },
  'no-git': {
    meaning: '`pipe init --git` was called outside of a git repository, or where git is not installed.',
    cure: 'Make a repository with `git init`, or leave --git away.',
  },
  'run-locked-elsewhere': {
    meaning: 'A run on another host holds this project, or died there.',
    cure: 'Look there; if nothing runs any more, use --break-lock.',
  },
  'resources-impossible': {
    meaning: 'A stage asks for more of a resource than the machine or the pool will ever have.',
    cure: 'Ask for less, or declare the pool under `config: pools:`.',
  },
  'yaml-syntax': {
    meaning:
      'A file is not valid YAML 1.2, or uses a part of it that has no meaning here (tags, complex keys).',
    cure: 'Correct the marked place; most often it is the indentation or a missing quote.',
  },
  'yaml-duplicate-key': {
    meaning: 'The same key stands twice in one mapping. `1` and `true` count as the same key.',
    cure: 'Remove or rename one of them.',
  },
  'yaml-too-large': {
    meaning: 'A file is nested too deeply, or its aliases stand for too many values.',
    cure: 'Flatten the file, or write what the aliases stand for.',
  },
  'params-unreadable': {
    meaning: 'A parameter file cannot be read, is not UTF-8 text, or is not valid JSON, TOML or Python.',
    cure: 'Correct the marked place, or the permissions of the file.',
  },
  'pipeline-empty': {
    meaning: 'A pipeline.yaml holds nothing, as after a write that was cut off.',
    cure: 'Restore it from git, or write `stages: {}` for a pipeline without stages.',
  },
  'pipeline-unreadable': {
    meaning: 'A pipeline file or the configuration of the machine exists but cannot be read.',
    cure: 'Correct its permissions or its encoding (UTF-8).',
  },
  'unknown-key': {
    meaning: 'A pipeline file has a key that does not exist there.',
    cure: 'Correct the spelling, or remove the key. Extension keys are valid in pipeline.yaml only; in a dvc.yaml they stand under `meta: {pipe: …}`.',
  },
  'missing-key': {
    meaning: 'A key that is required, such as `cmd` of a stage, is missing.',
    cure: 'Add it.',
  },
  'wrong-type': {
    meaning:
      'A value has the wrong type. Types are checked before templates are resolved, so a template can only stand for a text.',
    cure: 'Write a value of the expected type.',
  },
  'bad-value': {
    meaning: 'A value has the right type but no meaning, such as a memory size with an unknown unit.',
    cure: 'Write a value as the message describes it.',
  },
  'bad-vars': {
    meaning:
      'An item of `vars` cannot be loaded: its file or key is missing, it is loaded twice, or it is no mapping.',
    cure: 'Correct the item; paths are relative to the folder of the pipeline file, or to the `wdir` of the stage.',
  },
  'vars-redefined': {
    meaning:
      'A name of `vars` or params.yaml is defined twice. Mappings are merged, other values are never overridden.',
    cure: 'Rename one, or change the value where it stands. For one run, use --params or -S.',
  },
  'template-syntax': {
    meaning: 'A `${…}` is not a name such as `${a.b[0]}`.',
    cure: 'Correct it; write `\\${…}` for a text that is meant literally, such as a variable of the shell.',
  },
  'unknown-name': {
    meaning: 'A `${…}` names something that neither params.yaml nor `vars` define.',
    cure: 'Correct the spelling or define it; write `\\${…}` for a variable of the shell.',
  },
  'split-command': {
    meaning:
      'A command of several lines has a line that is no command of its own: it ends in a backslash, opens a here-document or a quote, or is a part of an `if`, `for` or the like. Each line is run by itself, in a shell of its own, so the command does not do what it says. In a dvc.yaml this is a warning.',
    cure: 'Make the text an item of a list (`cmd:` and below it `- |`), which runs as one script; or write the command on one line.',
  },
  'template-type': {
    meaning: 'A `${…}` stands for a list or mapping where only a single value can stand.',
    cure: 'Name one value of it. Mappings are possible inside of a text in `cmd`, where they become flags.',
  },
  'bad-expansion': {
    meaning: 'The data of a `foreach`, `matrix` or `defaults` is not a list or mapping.',
    cure: 'Give a list or mapping, or a template that stands for one.',
  },
  'bad-include': {
    meaning:
      'An `include:` cannot be followed: its file is missing, its prefix is no name, or files include each other in a circle.',
    cure: 'Correct the path or the prefix, or remove one of the includes.',
  },
  'duplicate-stage': {
    meaning: 'Two stages of a pipeline file have the same name, one of them by `include:`.',
    cure: 'Rename the stage, or give the include another prefix.',
  },
  'bad-stage-name': {
    meaning:
      'A stage has a name that cannot be addressed: `@` is kept for the members of foreach and matrix.',
    cure: 'Rename the stage.',
  },
  'bad-path': {
    meaning:
      'A path of a stage is empty, too long, holds a NUL byte, or an output lies outside of the project.',
    cure: 'Declare a path inside the project folder.',
  },
  'out-tracked-by-git': {
    meaning: 'In a DVC repository: git tracks an output that the cache is to keep.',
    cure: 'Let git forget it with `git rm -r --cached`, or declare the output with `cache: false`.',
  },
  'data-recorded': {
    meaning:
      'The data of a `.dvc` file, or an output of a frozen stage, was changed by hand; its new content is stored and recorded.',
    cure: 'Nothing, if that was meant. Else take the earlier `.dvc` file or dvc.lock back from git and check out the data.',
  },
  'params-missing': {
    meaning: 'A stage names a parameter that its parameter file does not have.',
    cure: 'Add the parameter, or correct its name.',
  },
  'dvc-busy': {
    meaning: 'DVC is at work in this repository, on the same files or on the repository as a whole.',
    cure: 'Wait for it to end, then run again.',
  },
  'dvc-lock-unavailable': {
    meaning:
      'The lock that keeps DVC and pipe apart cannot be taken: neither perl nor python3 is installed, or its file in `.dvc/tmp` cannot be written.',
    cure: 'Install one of them, or do not run DVC at the same time.',
  },
  'bad-dvc-config': {
    meaning:
      "DVC's configuration (`.dvc/config`, `config.local`, or the user's) cannot be read or has a wrong value.",
    cure: 'Correct the marked line, or let `dvc config` write it.',
  },
  'bad-dvc-file': {
    meaning: 'A `.dvc` file is not as DVC writes it.',
    cure: 'Correct it, or make it anew with `dvc add`.',
  },
  'bad-overlay': {
    meaning: 'A parameter file of --params, or a value of -S, cannot be used.',
    cure: 'Give a file that exists and holds a mapping; write `-S key=value`.',
  },
  'unknown-parameter': {
    meaning:
      'A key of --params or -S exists neither in the variables of a pipeline file nor in a parameter file.',
    cure: 'Correct the spelling; an overlay replaces values and adds none.',
  },
  'overlaid-parameter': {
    meaning:
      'An overlay (--params, -S) gives another value for a key that a stage declares under `params:`. The stage reads the file, where the value is as before: its result would be recorded for a value that it did not see.',
    cure: 'Edit the parameter file, or pass the value in the command (`${…}`) and remove the key from `params:`. An overlay that says what the file says is fine.',
  },
  'duplicate-out': {
    meaning: 'Two stages declare the same output.',
    cure: 'Give each a path of its own; in a matrix, let `${key}` or `${item.…}` be part of it.',
  },
  'overlapping-outs': {
    meaning: 'An output lies inside of another output.',
    cure: 'Put them into separate folders, or declare only the outer one.',
  },
  'stage-file-in-out': {
    meaning:
      'A pipeline file or `.dvc` file lies inside of an output, which is removed before its stage runs.',
    cure: 'Move the file, or declare another output.',
  },
  'dep-is-stage-file': {
    meaning: 'In a DVC repository, a dependency has the name of a pipeline file or `.dvc` file.',
    cure: 'Depend on the data that the file describes.',
  },
  'out-is-stage-file': {
    meaning: 'An output has the name of a pipeline file or `.dvc` file.',
    cure: 'Give the output another name.',
  },
  cycle: {
    meaning: 'Stages depend on each other in a circle, or a stage on its own output.',
    cure: 'Remove one of the dependencies that are listed.',
  },
  'unknown-target': {
    meaning:
      'A target is neither a stage, a group, a pipeline file, an output nor a pattern that matches one.',
    cure: 'Correct the spelling; `pipe stage list` shows what there is.',
  },
  'no-log': {
    meaning: 'A stage has no log: it has not run in this project, or its result came from the cache.',
    cure: 'Run it (`pipe repro -f STAGE`).',
  },
  'several-stages': {
    meaning: 'A name stands for several stages where the command is about one.',
    cure: 'Name the stage in full, as `pipe stage list` prints it.',
  },
  'watch-limit': {
    meaning: 'The operating system has no more file watches to give.',
    cure: 'Raise fs.inotify.max_user_watches, or watch fewer targets.',
  },
  'checkout-unsaved': {
    meaning:
      'An output was changed by hand and would be replaced, and the cache does not have what stands there now.',
    cure: 'Keep it with `pipe commit`, or replace it with `pipe checkout -f`.',
  },
  'data-elsewhere': {
    meaning:
      'Data of a `.dvc` file is missing, and nothing is recorded that a remote could be asked for: it is a version in cloud storage, or an import that was never downloaded.',
    cure: 'Let DVC bring it (`dvc pull`, `dvc update`), or put the data there.',
  },
  'checkout-missing': {
    meaning: 'The cache does not have outputs that the lock file records.',
    cure: 'Run their stages again.',
  },
  'commit-unconfirmed': {
    meaning:
      'The workspace differs from what the lock file records, and `pipe commit` was not told to go ahead.',
    cure: 'Look at what differs; give -f to record the workspace as it is.',
  },
  'stage-not-declared': {
    meaning:
      'A stage to be edited does not stand in the pipeline file under that name: it is unknown, or made by a foreach or matrix.',
    cure: 'Name the declared stage; for members of a group, the group.',
  },
  'pipeline-not-writable': {
    meaning: 'A pipeline file that a command edits cannot be written. It is as before.',
    cure: 'Correct its permissions, or those of its folder, or free some space.',
  },
  'edit-refused': {
    meaning:
      'A pipeline file cannot be edited by `pipe` without changing the meaning of something else in it, mostly because of an anchor and its aliases. Nothing was changed.',
    cure: 'Follow the hint, or edit the file by hand.',
  },
  'stage-exists': {
    meaning: 'A stage to be added has the name of one that is there.',
    cure: 'Choose another name, or replace it with -f.',
  },
  'pipeline-exists': {
    meaning: '`pipe init` was called where there is a pipeline file.',
    cure: 'Add stages to it with `pipe stage add`, or edit it.',
  },
  'no-remote': {
    meaning: 'A remote is needed, and none is declared under the name that is meant.',
    cure: 'Declare it under `config: remotes:` (in a DVC repository with `dvc remote add`), or name another with --remote.',
  },
  'remote-unsupported': {
    meaning: 'The URL or an option of a remote is of a kind that cannot be used.',
    cure: 'Give a folder or an http(s) URL; mount other kinds of storage, or put a gateway before them.',
  },
  'remote-secret': {
    meaning: 'A password, token or key stands in a file that is committed.',
    cure: 'Move it to `cache/config.yaml` (in a DVC repository `.dvc/config.local`) or the environment, and change it: it is known.',
  },
  'remote-untrusted': {
    meaning:
      'Credentials would be sent to a server that only the repository names, or names since it was trusted.',
    cure: 'If they are meant for it, `pipe remote trust NAME`, or PIPE_REMOTE_HOST beside the credentials in the environment; else unset them.',
  },
  'remote-unreachable': {
    meaning: 'A remote does not answer, or its folder is not there.',
    cure: 'Check the network, the URL or the mount. `pipe repro` goes on without it.',
  },
  'remote-refused': {
    meaning: 'A remote answers, and does not allow what was asked for.',
    cure: 'Check user and password or token, and what the remote lets you do.',
  },
  'remote-failed': {
    meaning: 'A remote answers, and failed several times in a row.',
    cure: 'Try again later; what was transferred already is kept.',
  },
  'remote-missing': {
    meaning: 'A remote does not have what is recorded.',
    cure: 'Push it from where the cache has it, or run the stage again.',
  },
  'remote-corrupt': {
    meaning: 'A remote has other bytes under the name of an object. Nothing of them was kept.',
    cure: 'Replace it with `pipe push --force` from where the cache has it.',
  },
  'push-missing': {
    meaning: 'Something recorded is neither in the cache nor on the remote, or it is damaged here.',
    cure: 'Run the stage again, then push.',
  },
  'remote-unsigned': {
    meaning:
      'Records of earlier runs cannot be shared: there is no key to sign them with, and no trust without one.',
    cure: 'Set PIPE_REMOTE_KEY, or `key:` of the remote in cache/config.yaml; or `trust: true`, where only friends can write.',
  },
  'git-failed': {
    meaning: 'git could not be asked about branches.',
    cure: 'Run the command in a git repository that has commits.',
  },
});

export type ProblemCode = keyof typeof problemCodes;
