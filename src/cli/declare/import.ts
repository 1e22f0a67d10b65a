// Declares the commands for data of other places: `import-url`, `import`, `update`, `get`, `list`.
import { Option, type Command } from 'commander';
import type { ImportRepositoryFlags } from '../imports/import.ts';
import type { ImportUrlFlags } from '../imports/import-url.ts';
import type { GetFlags } from '../imports/get.ts';
import type { ListFlags } from '../imports/list.ts';
import type { UpdateFlags } from '../imports/update.ts';
import { collect, example, wholeNumber, withOutput } from '../options.ts';

export function declareImportCommands(program: Command): void {
  declareImportUrl(program);
  declareImport(program);
  declareUpdate(program);
  declareGet(program);
  declareList(program);
}

function declareImportUrl(program: Command): void {
  withOutput(program.command('import-url'), { json: 'one JSON object' })
    .description('download data from a URL, or copy it from a path, and track it with where it came from')
    .argument('<url>', 'http(s)://…, s3://…, ssh://…, remote://NAME/PATH, or a path')
    .argument('[path]', 'where to put it; default: its name, here')
    .option('--no-exec', 'only declare it; `pipe update` brings it')
    .option('--no-download', 'only record what is there now; `pipe pull` brings it')
    .addOption(toRemote().conflicts(['exec', 'download', 'versionAware']))
    .option('-r, --remote <name>', 'with --to-remote: this remote in place of the default')
    .option('-j, --jobs <n>', 'transfer at most n files at a time (default: 8)', wholeNumber)
    .option('-f, --force', 'replace what is at the path, which is saved before')
    .option('--version-aware', 'not supported: it is answered with what to do')
    .option(
      '--fs-config <name=value>',
      'not supported: declare a remote, and use remote://NAME/PATH',
      collect,
    )
    .addHelpText(
      'after',
      example('pipe import-url https://example.com/raw.csv data/raw.csv', 'pipe import-url /mnt/scans/2024'),
    )
    .action(async (url: string, path: string | undefined, flags: ImportUrlFlags) => {
      const { importUrlCommand } = await import('../imports/import-url.ts');
      process.exitCode = await importUrlCommand(url, path, flags);
    });
}

function declareImport(program: Command): void {
  withOutput(program.command('import'), { json: 'one JSON object' })
    .description('download a file or folder of another repository, and track it with where it came from')
    .argument('<repository>', 'a URL of git, or a path')
    .argument('<path>', 'a file or folder in it: of git, or an output')
    .option('-o, --out <path>', 'where to put it; default: its name, here')
    .option('--rev <revision>', 'a branch, tag or commit; default: the default branch')
    .option('--remote <name>', 'the remote of that repository that has the data; default: its default')
    .option('--no-exec', 'only declare it; `pipe update` brings it')
    .option('--no-download', 'only record what is there now; `pipe pull` brings it')
    .option('-j, --jobs <n>', 'transfer at most n files at a time (default: 8)', wholeNumber)
    .option('-f, --force', 'replace what is at the path, which is saved before')
    .addHelpText(
      'after',
      example(
        'pipe import https://example.com/models.git best.onnx --rev v1.2',
        'pipe import ../data labels',
      ),
    )
    .action(async (repository: string, path: string, flags: ImportRepositoryFlags) => {
      const { importCommand } = await import('../imports/import.ts');
      process.exitCode = await importCommand(repository, path, flags);
    });
}

function declareUpdate(program: Command): void {
  withOutput(program.command('update'), { json: 'one JSON object' })
    .description('bring a newer version of imported data, where its source has one')
    .argument('[imports...]', 'imported files and folders; default: all')
    .option('--rev <revision>', 'follow this branch, tag or commit of the repository from now on')
    .option('-R, --recursive', 'a target that is a folder means all imports in it')
    .option('--no-download', 'only record what is there now; `pipe pull` brings it')
    .addOption(toRemote().conflicts(['download']))
    .option('-r, --remote <name>', 'with --to-remote: this remote in place of the default')
    .option('-j, --jobs <n>', 'transfer at most n files at a time (default: 8)', wholeNumber)
    .addHelpText('after', example('pipe update data/raw.csv', 'pipe update model.onnx --rev v2.0'))
    .action(async (imports: string[], flags: UpdateFlags) => {
      const { updateCommand } = await import('../imports/update.ts');
      process.exitCode = await updateCommand(imports, flags);
    });
}

function declareGet(program: Command): void {
  withOutput(program.command('get'), { json: 'one JSON object' })
    .description('download from a URL, or from another repository, without tracking what comes')
    .argument('<from>', 'a URL or path; with <path>: a repository, as a URL of git or a path')
    .argument('[path]', 'a file or folder in the repository: of git, or an output')
    .option('-o, --out <path>', 'where to put it; default: its name, here')
    .option(
      '--rev <revision>',
      'of a repository: a branch, tag or commit, or an experiment of a project on this machine',
    )
    .option('--remote <name>', 'the remote of that repository that has the data; default: its default')
    .option('-j, --jobs <n>', 'transfer at most n objects at a time (default: 8)', wholeNumber)
    .option('-f, --force', 'replace what is at the path, which is saved before')
    .addHelpText(
      'after',
      example(
        'pipe get https://example.com/raw.csv -o data/raw.csv',
        'pipe get https://example.com/models.git best.onnx --rev v1.2',
      ),
    )
    .action(async (from: string, path: string | undefined, flags: GetFlags) => {
      const { getCommand } = await import('../imports/get.ts');
      process.exitCode = await getCommand(from, path, flags);
    });
}

function declareList(program: Command): void {
  withOutput(program.command('list').alias('ls'), { json: 'a JSON list' })
    .description('list the files and outputs of a repository, without downloading them')
    .argument('<repository>', 'a URL of git, or a path: `.` for this project')
    .argument('[path]', 'a file or folder in it; default: all of it')
    .option(
      '--rev <revision>',
      'a branch, tag or commit, or an experiment of a project on this machine; default: the default branch, or a folder as it is now',
    )
    .option('-R, --recursive', 'list all files, at any depth')
    .option('--dvc-only', 'only outputs, by the name that DVC has for it')
    .option('--outs', 'only outputs')
    .option('--size', 'print sizes')
    .addHelpText(
      'after',
      example('pipe list https://example.com/models.git', 'pipe list . data -R --rev v1.2'),
    )
    .action(async (repository: string, path: string | undefined, flags: ListFlags) => {
      const { listCommand } = await import('../imports/list.ts');
      process.exitCode = await listCommand(repository, path, flags);
    });
}

const toRemote = (): Option =>
  new Option('--to-remote', 'send it to a remote, and keep it neither here nor in the cache');
