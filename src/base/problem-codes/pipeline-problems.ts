// Problems of pipeline files, parameters and targets.
import type { ProblemEntry } from './entry.ts';

export const pipelineProblems = {
  'no-pipeline': {
    meaning: 'No pipeline file was found here or in any parent folder.',
    cure: 'Go to the project folder, or write a pipeline.yaml (`pipe init` writes one with comments).',
  },
  'dvc-command': {
    meaning: 'The command is one of DVC that pipe does not have.',
    cure: 'Follow the hint: it names what pipe has in its place. In a DVC repository, use `dvc` for it.',
  },
  'no-git': {
    meaning: '`pipe init --git` was called outside of a git repository, or where git is not installed.',
    cure: 'Create a repository with `git init`, or omit --git.',
  },
  'yaml-syntax': {
    meaning:
      'A file is not valid YAML 1.2, or uses a part of YAML that is not supported (tags, complex keys).',
    cure: 'Correct the marked place. The usual cause is the indentation or a missing quote.',
  },
  'yaml-duplicate-key': {
    meaning: 'A mapping has the same key twice. `1` and `true` count as the same key.',
    cure: 'Remove or rename one of them.',
  },
  'yaml-too-large': {
    meaning: 'A file is nested too deeply, or its aliases expand to too many values.',
    cure: 'Flatten the file, or use fewer aliases.',
  },
  'params-unreadable': {
    meaning: 'A parameter file cannot be read, is not UTF-8 text, or is not valid JSON, TOML or Python.',
    cure: 'Correct the marked place, or the permissions of the file.',
  },
  'pipeline-empty': {
    meaning: 'A pipeline.yaml is empty, as after an interrupted write.',
    cure: 'Restore it from git, or write `stages: {}` for a pipeline without stages.',
  },
  'pipeline-unreadable': {
    meaning: 'A pipeline file or `cache/config.yaml` exists but cannot be read.',
    cure: 'Correct its permissions or its encoding (UTF-8).',
  },
  'unknown-key': {
    meaning: 'A pipeline file has an unknown key, or a key in the wrong place.',
    cure: 'Correct the spelling, or remove the key. Extension keys are valid in pipeline.yaml only; in a dvc.yaml write them under `meta: {pipe: …}`.',
  },
  'missing-key': {
    meaning: 'A required key, such as `cmd` of a stage, is missing.',
    cure: 'Add it.',
  },
  'wrong-type': {
    meaning:
      'A value has the wrong type. Types are checked before templates are resolved, so a template is allowed only where a string is.',
    cure: 'Write a value of the expected type.',
  },
  'bad-value': {
    meaning: 'A value has the right type but is not valid, such as a memory size with an unknown unit.',
    cure: 'Write a value as the message describes it.',
  },
  'bad-vars': {
    meaning:
      'An item of `vars` cannot be loaded: its file or key is missing, it is loaded twice, or it is not a mapping.',
    cure: 'Correct the item; paths are relative to the folder of the pipeline file, or to the `wdir` of the stage.',
  },
  'vars-redefined': {
    meaning:
      'A name of `vars` or params.yaml is defined twice. Mappings are merged, other values are never overridden.',
    cure: 'Rename one, or change the value where it is defined. For one run, use --params or -S.',
  },
  'template-syntax': {
    meaning: 'A `${…}` is not a name such as `${a.b[0]}`.',
    cure: 'Correct it. Write `\\${…}` for literal text, such as a variable of the shell.',
  },
  'unknown-name': {
    meaning: 'A `${…}` uses a name that neither params.yaml nor `vars` define.',
    cure: 'Correct the spelling, or define the name. Write `\\${…}` for a variable of the shell.',
  },
  'split-command': {
    meaning:
      'A command of several lines has a line that is not a complete command: it ends in a backslash, opens a here-document or a quote, or is part of an `if`, `for` or the like. Each line runs separately, in its own shell, so the lines do not work together. In a dvc.yaml this is a warning.',
    cure: 'Make the text an item of a list (`cmd:` and below it `- |`), which runs as one script, or write the command on one line.',
  },
  'template-type': {
    meaning: 'A `${…}` names a list or mapping where a single value is needed.',
    cure: 'Name one value of it. In `cmd`, a mapping inside of a text is allowed and becomes flags.',
  },
  'bad-expansion': {
    meaning: 'The data of a `foreach`, `matrix` or `defaults` is not a list or mapping.',
    cure: 'Give a list or mapping, or a template that names one.',
  },
  'bad-include': {
    meaning:
      'An `include:` cannot be loaded: its file is missing, its prefix is not a valid name, or files include each other in a circle.',
    cure: 'Correct the path or the prefix, or remove one of the includes.',
  },
  'duplicate-stage': {
    meaning: 'Two stages of a pipeline file have the same name; one of them comes from an `include:`.',
    cure: 'Rename the stage, or give the include another prefix.',
  },
  'bad-stage-name': {
    meaning: 'A stage name contains `@`, which is reserved for the members of foreach and matrix.',
    cure: 'Rename the stage.',
  },
  'bad-path': {
    meaning:
      'A path of a stage is empty or too long, or contains a NUL byte, or an output is outside of the project.',
    cure: 'Declare a path inside the project folder.',
  },
  'out-tracked-by-git': {
    meaning: 'In a DVC repository: git tracks an output that the cache is to store.',
    cure: 'Remove it from git with `git rm -r --cached`, or declare the output with `cache: false`.',
  },
  'params-missing': {
    meaning: 'A stage names a parameter that its parameter file does not have.',
    cure: 'Add the parameter, or correct its name.',
  },
  'bad-dvc-config': {
    meaning:
      "DVC's configuration (`.dvc/config`, `config.local`, or the user's) cannot be read or has a wrong value.",
    cure: 'Correct the marked line, or set the value with `dvc config`.',
  },
  'bad-dvc-file': {
    meaning: 'A `.dvc` file does not have the structure that DVC writes.',
    cure: 'Correct it, or create it again with `dvc add`.',
  },
  'bad-overlay': {
    meaning: 'A parameter file of --params, or a value of -S, cannot be used.',
    cure: 'Give an existing file that contains a mapping; write `-S key=value`.',
  },
  'unknown-parameter': {
    meaning: 'A key of --params or -S exists neither in `vars` of a pipeline file nor in a parameter file.',
    cure: 'Correct the spelling, or add the key: -S +key=value.',
  },
  'overlaid-parameter': {
    meaning:
      'An overlay (--params, -S) changes a key that a stage declares under `params:`. The stage reads the file, which the overlay does not change: its result would be recorded for a value that the stage did not read.',
    cure: 'Edit the parameter file, or pass the value in the command (`${…}`) and remove the key from `params:`. An overlay with the same value as the file is allowed.',
  },
  'duplicate-out': {
    meaning: 'Two stages declare the same output.',
    cure: 'Give each its own path; in a matrix, make `${key}` or `${item.…}` part of it.',
  },
  'overlapping-outs': {
    meaning: 'An output is inside of another output.',
    cure: 'Put them into separate folders, or declare only the outer output.',
  },
  'stage-file-in-out': {
    meaning: 'A pipeline file or `.dvc` file is inside of an output, which is removed before its stage runs.',
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
    cure: 'Remove one of the listed dependencies.',
  },
  'unknown-target': {
    meaning:
      'A target is neither a stage, a group, a pipeline file, an output nor a pattern that matches one.',
    cure: 'Correct the spelling; `pipe stage list` lists the stages.',
  },
  'several-stages': {
    meaning: 'A name matches several stages, and the command needs one.',
    cure: 'Give the full name, as `pipe stage list` prints it.',
  },
  'stage-not-declared': {
    meaning:
      'The pipeline file does not declare the stage to be edited under that name: the name is unknown, or a foreach or matrix generates the stage.',
    cure: 'Give the name of a declared stage; for a member of a group, that of the group.',
  },
  'pipeline-not-writable': {
    meaning: 'A pipeline file that a command edits cannot be written. It was not changed.',
    cure: 'Correct its permissions or those of its folder, or free some space.',
  },
  'edit-refused': {
    meaning:
      '`pipe` cannot make this edit without changing the meaning of another part of the pipeline file, usually because of an anchor and its aliases. Nothing was changed.',
    cure: 'Follow the hint, or edit the file by hand.',
  },
  'stage-exists': {
    meaning: 'A stage to be added has the name of an existing stage.',
    cure: 'Choose another name, or replace it with -f.',
  },
  'pipeline-exists': {
    meaning: '`pipe init` was called in a folder that has a pipeline file.',
    cure: 'Add stages to it with `pipe stage add`, or edit it.',
  },
} satisfies Record<string, ProblemEntry>;
