// Answers DVC's commands that pipe does not have: with pipe's own way, or with what to do. They are not in the help.
import type { Command } from 'commander';
import { PipeError } from '../base/problem.ts';
import { findProject } from '../pipeline/find-root.ts';

/** As for a mistake in the usage. */
const EXIT_CODE = 2;

const CONFIG = 'settings are in pipeline.yaml under `config:`, those of one machine in cache/config.yaml';
const DATASET = 'name its files under `deps:` of the stages that read it, or let a stage download it';
const HOOKS = '`pipe init --git` sets up git; to restore outputs after `git switch`, run `pipe checkout`';

/** What pipe has in place of each, a sentence without its full stop. */
const ANSWERS: Readonly<Record<string, string>> = {
  artifacts: 'track models with git tags and `pipe pull`',
  'check-ignore': '`git check-ignore -v PATH` explains a .gitignore',
  config: CONFIG,
  daemon: 'pipe has no background process',
  dataset: DATASET,
  data: '`pipe status --data`',
  destroy: 'delete pipeline.lock and the cache folder (`pipe cache path`)',
  ds: DATASET,
  'git-hook': HOOKS,
  'get-url': '`pipe get URL`',
  'import-db': 'write a stage that runs the query and writes its result to a file',
  install: HOOKS,
  'list-url': 'use the client of that storage',
  'ls-url': 'use the client of that storage',
  mv: '`pipe move`',
  purge: '`pipe gc` removes unused results',
  queue: '`pipe exp run` runs all experiments of a product in one scheduler; `-j` limits the stages',
  rm: '`pipe remove`',
  root: '`pipe cache path` prints the cache folder; `pipe doctor` prints the project',
  run: 'add a stage with `pipe stage add`, and run it with `pipe repro`',
  studio: 'pipe has no server',
  'test-db': 'run a query with the client of the database',
  version: '`pipe --version`, or `pipe doctor` with what it runs on',
};

/** What pipe has in their place does the same in a DVC repository. */
const SAME: ReadonlySet<string> = new Set(['data', 'get-url', 'mv', 'purge', 'rm', 'version']);

/** The same for commands below one that pipe has. */
const SUBCOMMAND_ANSWERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cache: {
    dir: '`pipe cache path` prints the folder; `config: {cache: {dir: …}}` in pipeline.yaml sets it',
    migrate: 'results of older versions of DVC are read as they are',
  },
  exp: {
    clean: 'the next `pipe exp run` removes what a killed one left',
    'exec-run': '`pipe exp run` runs experiments itself',
    'queue-worker': '`pipe exp run` has no workers in the background',
  },
  plots: { modify: 'edit the entry under `plots:` in the pipeline file' },
};

/** Called once the commands of pipe are declared; those are not replaced. @param withTop also those of no command of pipe. */
export function answerDvcCommands(program: Command, withTop: boolean): void {
  if (withTop) declareAnswers(program, [], ANSWERS);
  for (const [name, answers] of Object.entries(SUBCOMMAND_ANSWERS)) {
    const parent = program.commands.find((command) => command.name() === name);
    if (parent) declareAnswers(parent, [name], answers);
  }
}

function declareAnswers(
  parent: Command,
  path: readonly string[],
  answers: Readonly<Record<string, string>>,
): void {
  for (const [name, answer] of Object.entries(answers)) {
    parent
      .command(name, { hidden: true })
      .argument('[arguments...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new PipeError(
          {
            code: 'dvc-command',
            title: `pipe has no command '${[...path, name].join(' ')}'`,
            hint:
              isInDvcRepository() && !(path.length === 0 && SAME.has(name))
                ? `use \`dvc ${[...path, name].join(' ')}\` here, in a DVC repository; in a project of pipe: ${answer}`
                : answer,
          },
          EXIT_CODE,
        );
      });
  }
}

const isInDvcRepository = (): boolean => findProject(process.cwd())?.isDvcRepository === true;
