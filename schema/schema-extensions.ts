// The part of the format that is ours, valid in pipeline.yaml only: matrix lists, defaults, env, resources, retry,
// timeout, imports, include and config.
import { z } from 'zod';

const described = <T extends z.ZodType>(schema: T, description: string, ...examples: unknown[]): T =>
  schema.meta({ description, ...(examples.length > 0 && { examples }) });

const oneTemplate = z
  .string()
  .regex(/^\s*\$\{.*\}\s*$/)
  .meta({ patternErrorMessage: 'expected a mapping or one `${…}`' });

// A number that may be written as a template; it is checked again once the template is resolved (extensions.ts).
const numberOrTemplate = z.union([z.number().nonnegative(), z.string()]);

export const envSchema = described(
  z.record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .meta({ patternErrorMessage: 'expected the name of an environment variable' }),
    z.union([z.string(), z.number(), z.boolean()]),
  ),
  'Extension: environment variables of the command. They are inputs: a changed value makes the stage stale. Names that pipe or the shell sets (`PIPE_PARAMS`, `PWD`) are refused.',
  { OMP_NUM_THREADS: '1' },
);

export const resourcesSchema = described(
  z.strictObject({
    cpus: described(
      numberOrTemplate,
      'Processors that one run needs (default 1). Running stages never need more than the machine has.',
      4,
    ).optional(),
    memory: described(
      z.union([z.number().nonnegative(), z.string()]),
      'Memory that one run needs: bytes, or with a unit K, M, G or T (powers of 1024).',
      '4G',
    ).optional(),
    gpus: described(
      numberOrTemplate,
      'GPUs that one run needs, or the share of one: with 0.25, four stages run on a GPU. CUDA_VISIBLE_DEVICES names those assigned to it. With a kind before it where a batch system hands them out.',
      1,
      0.25,
      'a100:2',
    ).optional(),
    pools: described(
      z.record(z.string(), numberOrTemplate),
      'How much of each named pool of `config.pools` one run needs.',
      { db: 1 },
    ).optional(),
    mutex: described(
      z.union([z.string(), z.array(z.string())]),
      'Stages that name the same mutex never run at the same time.',
      'database',
    ).optional(),
  }),
  'Extension: the resources that a run needs. They determine when the stage runs, never whether.',
  { cpus: 2, memory: '4G' },
);

export const retrySchema = described(
  z.union([
    numberOrTemplate,
    z.strictObject({
      times: described(numberOrTemplate, 'How often a failed run is repeated.', 3),
      delay: described(
        z.union([z.number().nonnegative(), z.string()]),
        'Wait before the first retry: seconds, or with a unit ms, s, m or h (default 1s).',
        '10s',
      ).optional(),
      backoff: described(
        numberOrTemplate,
        'The factor of the wait after each attempt (default 2).',
        2,
      ).optional(),
    }),
  ]),
  'Extension: how often, and how, a failed run is repeated.',
  3,
  { times: 3, delay: '10s', backoff: 2 },
);

export const timeoutSchema = described(
  z.union([z.number().positive(), z.string()]),
  'Extension: how long a run may take: seconds, or with a unit s, m, h or d. A stage that runs longer is stopped and fails.',
  '2h',
  90,
);

export const executorSchema = described(
  z.string(),
  'Extension: where the stage runs: `local` on this machine, `slurm` as a job of Slurm, `command` as a job of the batch system behind `config.command` (default: `config.executor`).',
  'local',
);

const slurmKeys = {
  partition: described(z.union([z.string(), z.number()]), 'The partition (`sbatch --partition`).', 'gpu').optional(),
  account: described(z.union([z.string(), z.number()]), 'The account that is charged (`sbatch --account`).', 'project42').optional(),
  qos: described(z.union([z.string(), z.number()]), 'The quality of service (`sbatch --qos`).', 'long').optional(),
  constraint: described(z.union([z.string(), z.number()]), 'Features that the node must have (`sbatch --constraint`).', 'skylake').optional(),
  args: described(
    z.array(z.union([z.string(), z.number()])),
    'Further arguments of `sbatch`, in place of those of the project.',
    ['--mail-type=FAIL', '--exclusive'],
  ).optional(),
  batch: described(
    numberOrTemplate,
    'How many stages that are ready together share one job, one after the other (default 1): for stages that are shorter than the wait in the queue.',
    8,
  ).optional(),
};

export const stageSlurmSchema = described(
  z.strictObject(slurmKeys),
  'Extension: how the jobs of the stage are submitted to Slurm. Each key replaces that of `config.slurm`.',
  { partition: 'gpu' },
);

export const scratchSchema = described(
  z.boolean(),
  'Extension: a job of a batch system works on copies of its inputs in a folder of its own on the node, and its outputs are copied back at the end.',
  true,
);

const maxJobs = described(
  z.number().int().positive(),
  'Jobs at a time, those that wait in the queue included (default 200). `-j` overrides it.',
  50,
).optional();

const command = (what: string, ...examples: readonly string[]): z.ZodString =>
  described(z.string().min(1), what, ...examples);

export const defaultsSchema = described(
  z.union([oneTemplate, z.looseObject({})]),
  'Extension: values of `item` for the keys that the matrix does not have. They are not part of the stage names.',
  '${base}',
);

export const matrixListSchema = <T extends z.ZodType>(
  map: T,
): z.ZodArray<z.ZodUnion<readonly [T, z.ZodString]>> =>
  described(
    z.array(z.union([map, oneTemplate])).min(1),
    'Extension: mappings, or templates of mappings, merged from left to right; `keys` lists the part of `key` from each.',
    ['${grid}', { fold: '${folds}' }],
  );

export const depSchema = z.record(
  z.string(),
  z.strictObject({
    imports: described(
      z.boolean(),
      'Extension: the local modules that this source file imports, directly or indirectly, are dependencies too.',
      true,
    ).optional(),
  }),
);

export const dataSchema = described(
  z.array(
    z.union([
      z.string(),
      z.strictObject({
        path: described(z.string(), 'The file or folder, relative to this file.', 'data/raw'),
        desc: described(z.string(), 'A description.', 'Scans of 2024').optional(),
        type: described(z.string(), 'Its type, such as `dataset`.', 'dataset').optional(),
        labels: described(z.array(z.string()), 'Labels for searching.', ['scans']).optional(),
        meta: described(z.unknown(), 'Any value; ignored.', { licence: 'CC0' }).optional(),
        remote: described(z.string(), 'The only remote that it is sent to.', 'archive').optional(),
        push: described(z.boolean(), 'Whether it is sent to remotes (default true).', false).optional(),
        from: described(
          z.union([
            z.string(),
            z.strictObject({
              repo: described(z.string(), 'A git repository: a URL, or a path.', 'https://example.com/data.git'),
              path: described(z.string(), 'The file or folder in it.', 'models/best.onnx'),
              rev: described(z.string(), 'A branch, tag or commit; default: its default branch.', 'v1.2').optional(),
              remote: described(z.string(), 'The remote of that repository that has the data.', 'public').optional(),
            }),
          ]),
          'Where it was imported from: a URL or path, or another repository. `pipe update` brings a newer version.',
          'https://example.com/raw.csv',
        ).optional(),
      }),
    ]),
  ),
  'Extension: files and folders that no stage makes, kept in the cache like outputs.',
  ['data/raw', { path: 'labels.csv', desc: 'By hand' }],
);

const duration = z.union([z.number().nonnegative(), z.string()]);

const secret = (what: string): string =>
  `${what}: in \`cache/config.yaml\` only, or in the environment. Refused in a pipeline file, which git shares.`;

const text = (what: string, ...examples: readonly string[]): z.ZodOptional<z.ZodString> =>
  described(z.string(), what, ...examples).optional();

const seconds = (what: string): z.ZodOptional<z.ZodNumber> =>
  described(z.number().positive(), what, 30).optional();

/** Under DVC's names. */
const s3Options = {
  endpointurl: text('The S3 service, where it is not AWS.', 'https://minio.example.org:9000'),
  region: text('The region of the bucket (default: that of the AWS files, else `us-east-1`).', 'eu-central-1'),
  profile: text('The profile of the AWS files.', 'research'),
  credentialpath: text('The AWS file with credentials (default `~/.aws/credentials`).', '~/keys/aws'),
  configpath: text('The AWS file with settings (default `~/.aws/config`).', '~/keys/aws-config'),
  access_key_id: text('The access key.', 'AKIAIOSFODNN7EXAMPLE'),
  secret_access_key: text(secret('The secret of the access key'), 'secret'),
  session_token: text(secret('The token of temporary credentials'), 'secret'),
  allow_anonymous_login: described(
    z.boolean(),
    'Read a public bucket without credentials.',
    true,
  ).optional(),
  addressing: described(
    z.enum(['path', 'virtual']),
    'Whether the bucket is in the path of the URL or in the name of the host (default: in the host for AWS, else in the path).',
    'virtual',
  ).optional(),
  use_ssl: described(
    z.boolean(),
    'Whether to connect by https, where the endpoint is written without it (default true).',
    false,
  ).optional(),
  ssl_verify: described(
    z.union([z.boolean(), z.string()]),
    'Whether the certificate of the server is checked (default true), or the file of the authorities to check it against.',
    '/etc/ssl/team-ca.pem',
  ).optional(),
  sse: text('How the server encrypts: `AES256`, `aws:kms` or `aws:kms:dsse`.', 'aws:kms'),
  sse_kms_key_id: text('The key of KMS that it encrypts with.', 'alias/team'),
  sse_customer_algorithm: text('The algorithm for a key of yours (default `AES256`).', 'AES256'),
  sse_customer_key: text(secret('A key of yours for encryption by the server, in base64'), 'secret'),
  acl: text('The canned access list of what is written.', 'bucket-owner-full-control'),
  grant_read: text('Who may read what is written.', 'id=…'),
  grant_read_acp: text('Who may read its access list.', 'id=…'),
  grant_write_acp: text('Who may write its access list.', 'id=…'),
  grant_full_control: text('Who may do all of it.', 'id=…'),
  listobjects: described(
    z.boolean(),
    'List with the first version of the request, for old servers.',
    true,
  ).optional(),
  connect_timeout: seconds('Seconds to wait for a connection (default 5).'),
  read_timeout: seconds('Seconds of silence after which a request is repeated (default 30).'),
};

/** Under DVC's names. */
const sshOptions = {
  port: described(
    z.number().int().positive(),
    'The port of the ssh server, where the URL and `~/.ssh/config` do not say it.',
    2222,
  ).optional(),
  keyfile: text('The private key for ssh, in place of those that `~/.ssh/config` and the agent have.', '~/.ssh/team'),
  passphrase: text(secret('The passphrase of the private key'), 'secret'),
  ask_password: described(
    z.boolean(),
    'As in DVC; `ssh` asks in any case where it needs to and a terminal is there.',
    true,
  ).optional(),
  ask_passphrase: described(z.boolean(), 'As `ask_password`.', true).optional(),
  timeout: seconds('Seconds to wait for a connection by ssh (default 5; 20 through other hosts).'),
  gss_auth: described(z.boolean(), 'Whether Kerberos is tried (default: as `~/.ssh/config` says).', true).optional(),
  allow_agent: described(
    z.boolean(),
    'Whether the ssh agent is asked for keys (default: as `~/.ssh/config` says).',
    false,
  ).optional(),
};

const remote = z.strictObject({
  url: described(
    z.string(),
    'A folder, relative to the project root, an http(s) URL, a bucket of S3, a folder on another machine by ssh, or what rclone knows.',
    '/mnt/shared/cache',
    'https://cache.example.org/team',
    's3://bucket/team',
    'ssh://big.example.org/data/team',
    'rclone://drive/team',
  ).optional(),
  method: described(
    z.enum(['PUT', 'POST']),
    'How files are sent to a server (default PUT).',
    'POST',
  ).optional(),
  trust: described(
    z.boolean(),
    'Accept records of earlier runs without a signature. Everyone who can write to the remote then decides what is restored.',
    true,
  ).optional(),
  user: described(z.string(), 'The user name that goes with `password`.', 'ada').optional(),
  password: described(z.string(), secret('The password'), 'secret').optional(),
  token: described(z.string(), secret('A bearer token, in place of user and password'), 'secret').optional(),
  key: described(z.string(), secret('The key that signs records of earlier runs'), 'secret').optional(),
  jobs: described(
    z.number().int().positive(),
    'How many objects are transferred at once, where -j says nothing else.',
    16,
  ).optional(),
  rclone: text(
    'The rclone remote that the URL is reached by: its name, or `NAME:folder`. For URLs of gs, azure, gdrive, hdfs, oss and any other server.',
    'team-drive',
  ),
  ...s3Options,
  ...sshOptions,
});

export const configSchema = described(
  z.strictObject({
    cache: described(
      z.strictObject({
        dir: described(
          z.string(),
          'The folder of objects and runs, relative to the project root (default `cache`). Several projects may use one.',
          '/big/cache',
        ).optional(),
        links: described(
          z.array(z.enum(['reflink', 'hardlink', 'symlink', 'copy'])),
          'How outputs are linked to the cache; the first kind that works is used.',
          ['reflink', 'copy'],
        ).optional(),
        shared: described(
          z.literal('group'),
          'Members of the group of the cache folder share it: what one of them writes there, the others can replace and remove.',
          'group',
        ).optional(),
      }),
      'The cache.',
      { dir: '/big/cache' },
    ).optional(),
    pools: described(
      z.record(z.string(), z.number().nonnegative()),
      'Named pools of `resources.pools` and their sizes.',
      { db: 2 },
    ).optional(),
    gitignore: described(
      z.boolean(),
      'Whether a run enters the outputs that the cache keeps in `.gitignore` (default true); not where git tracks or ignores them already.',
      false,
    ).optional(),
    grace: described(
      duration,
      'The time between SIGTERM and SIGKILL for a stage that is stopped (default 10s).',
      '30s',
    ).optional(),
    latency_wait: described(
      duration,
      'How long to wait for an output that a network file system (NFS, Lustre, …) does not show yet (default 60s).',
      '2m',
    ).optional(),
    executor: described(
      z.enum(['local', 'slurm', 'command']),
      'Where stages run that do not say it themselves: `local` (default), `slurm`, or `command`.',
      'slurm',
    ).optional(),
    slurm: described(
      z.strictObject({ ...slurmKeys, max_jobs: maxJobs }),
      'How jobs are submitted to Slurm.',
      { partition: 'short', account: 'project42', max_jobs: 100 },
    ).optional(),
    command: described(
      z.strictObject({
        submit: command('Submits the job `$PIPE_JOB_SCRIPT` and prints its id.', 'qsub "$PIPE_JOB_SCRIPT"'),
        poll: command(
          'Prints a line `ID queued|running|done|failed|lost REASON` for each of the jobs `$PIPE_JOBS`.',
          './cluster/poll.sh',
        ),
        cancel: command('Ends the jobs `$PIPE_JOBS`.', 'qdel $PIPE_JOBS'),
        log: command(
          'Prints what the job `$PIPE_JOB` printed after its first `$PIPE_JOB_OFFSET` bytes; where its files are not on a disk that is shared.',
          './cluster/log.sh',
        ).optional(),
        max_jobs: maxJobs,
      }),
      'The batch system of `executor: command`, as four commands for a shell.',
      { submit: './cluster/submit.sh', poll: './cluster/poll.sh', cancel: 'qdel $PIPE_JOBS' },
    ).optional(),
    remotes: described(
      z.record(z.string(), remote),
      'The remotes of `pipe push`, `pull` and `fetch`, by name.',
      { shared: { url: '/mnt/shared/cache' } },
    ).optional(),
    remote: described(
      z.string(),
      'The default remote (not needed for a single one).',
      'shared',
    ).optional(),
  }),
  'Extension: settings of the project, in the pipeline file of the root only. `cache/config.yaml` overrides them on one machine.',
  { pools: { db: 2 }, grace: '30s' },
);

export const includeSchema = described(
  z.record(
    z.string(),
    z.union([
      z.string(),
      z.strictObject({
        file: described(z.string(), 'The pipeline file, relative to this one.', 'shared/pipeline.yaml'),
        vars: described(
          z.array(z.union([z.string(), z.looseObject({})])),
          'Names for its templates; they override its own.',
          [{ root: 'data/b' }],
        ).optional(),
        wdir: described(
          z.string(),
          'The folder that its paths are relative to, itself relative to this file (default: the folder of the included file).',
          'work',
        ).optional(),
      }),
    ]),
  ),
  'Extension: stages of another pipeline file, with a prefix to their names.',
  { clean: 'shared/clean.yaml' },
);
