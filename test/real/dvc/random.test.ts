// A random pipeline under random edits, by turns: whatever happens, pipe does what DVC does.
import { test } from 'node:test';
import { makeTwins, type Repository, type Tool } from './twins.ts';

const STEPS = 15;

/** Mulberry32: the same numbers for the same seed. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Declared {
  readonly name: string;
  deps: string[];
  params: string[];
  readonly out: string;
  readonly folder: boolean;
  flags: string;
  note: string;
  frozen: boolean;
}

test('random edits of a random pipeline', { timeout: 900_000 }, async (t) => {
  const seed = Number(process.env['PIPE_SEED'] ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`PIPE_SEED=${seed}`);
  const random = makeRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

  const sources = ['s0', 's1', 's2'];
  const params: Record<string, string> = { p0: '1', p1: '0.5', p2: '[1, 2]' };
  const stages: Declared[] = Array.from({ length: 7 }, (_, index) => {
    const before = Array.from({ length: index }, (_, earlier) => `o${earlier}`);
    const deps = [...new Set([pick(sources), ...(before.length > 0 ? [pick(before), pick(before)] : [])])];
    const flags = pick(['', '', '', '', '{cache: false}', '{persist: true}']);
    return {
      name: `g${index}`,
      deps,
      params: random() < 0.5 ? [pick(Object.keys(params))] : [],
      out: `o${index}`,
      folder: random() < 0.3,
      flags,
      note: '',
      frozen: false,
    };
  });

  const pipeline = (): string =>
    'stages:\n' +
    stages
      .map(({ name, deps, params, out, folder, flags, note, frozen }) => {
        // No two stages have an object in common: one that is lost would come back with the other, and who is first
        // is not the same where stages run in parallel.
        const read = `printf ${name}; cat $(find ${deps.join(' ')} -type f | sort)`;
        // Cut short, so that different inputs often give the same output.
        const values = params.map((key) => `echo '\${${key}}'`.replace('${p2}', '${p2[0]}')).join('; ');
        const write = folder
          ? `mkdir -p ${out}/sub && (${read}${values && `; ${values}`}) | head -c 9 > ${out}/sub/x && cp ${out}/sub/x ${out}/y`
          : `(${read}${values && `; ${values}`}) | head -c 12 > ${out}`;
        return [
          `  ${name}:`,
          `    cmd: ${JSON.stringify(`${note}${write}`)}`,
          `    deps: [${deps.join(', ')}]`,
          ...(params.length > 0 ? [`    params: [${params.join(', ')}]`] : []),
          flags === '' ? `    outs: [${out}]` : `    outs: [{${out}: ${flags}}]`,
          ...(frozen ? ['    frozen: true'] : []),
          '',
        ].join('\n');
      })
      .join('');
  const paramsText = (): string =>
    Object.entries(params)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
  /** Outputs that are missing until the next repro. */
  const removed = new Set<string>();
  const put = (at: Repository, name: string, text: string): void => {
    at.remove(name);
    at.write(name, text);
  };

  const twins = makeTwins(t, {
    'dvc.yaml': pipeline(),
    'params.yaml': paramsText(),
    ...Object.fromEntries(sources.map((name) => [name, `${name}\n`])),
  });

  const edits: readonly (() => readonly [string, (at: Repository) => void])[] = [
    () => {
      const [name, text] = [pick(sources), pick(['a\n', 'b\n', 'abcdefghijklm', 'abcdefghijklx', ''])];
      return [`write ${JSON.stringify(text)} into ${name}`, (at) => put(at, name, text)];
    },
    () => {
      const key = pick(Object.keys(params));
      params[key] = key === 'p2' ? pick(['[1, 2]', '[3]']) : pick(['1', '1.0', 'true', '2', 'null', 'text']);
      return [`${key} = ${params[key]}`, (at) => put(at, 'params.yaml', paramsText())];
    },
    () => {
      // DVC fails where a frozen output is missing; we bring it back.
      const { out } = pick(stages.filter((stage) => !stage.frozen));
      removed.add(out);
      return [`remove ${out}`, (at) => at.remove(out)];
    },
    () => {
      const stage = pick(stages);
      const path = stage.folder ? `${stage.out}/y` : stage.out;
      return [`change ${path} by hand`, (at) => put(at, path, `by hand ${stage.name}`)];
    },
    () => {
      const stage = pick(stages);
      stage.note = pick(['', ': ; ', ': x ; ']);
      return [`another command for ${stage.name}`, (at) => put(at, 'dvc.yaml', pipeline())];
    },
    () => {
      const stage = pick(stages);
      const source = pick(sources);
      stage.deps =
        stage.deps.includes(source) && stage.deps.length > 1
          ? stage.deps.filter((dep) => dep !== source)
          : [...new Set([...stage.deps, source])];
      return [`other dependencies for ${stage.name}`, (at) => put(at, 'dvc.yaml', pipeline())];
    },
    () => {
      const stage = pick(stages.filter(({ out }) => !removed.has(out)));
      stage.frozen = !stage.frozen;
      return [`${stage.frozen ? 'freeze' : 'thaw'} ${stage.name}`, (at) => put(at, 'dvc.yaml', pipeline())];
    },
    () => ['lose the lock file', (at) => at.remove('dvc.lock')],
    () => ['lose the run cache', (at) => at.remove('.dvc/cache/runs')],
    () => {
      const digest = pick(['0', '3', '7', 'b', 'e']);
      return [
        `lose objects of the cache (${digest}*)`,
        (at) => {
          for (const second of '0123456789abcdef') at.remove(`.dvc/cache/files/md5/${digest}${second}`);
        },
      ];
    },
  ];

  await twins.step(`seed ${seed}: first run`, 'pipe');
  for (let step = 1; step <= STEPS; step += 1) {
    removed.clear();
    const chosen = Array.from({ length: 1 + below(3) }, () => pick(edits)());
    const tool: Tool = random() < 0.7 ? 'pipe' : 'dvc';
    await twins.step(`seed ${seed}, step ${step}: ${chosen.map(([name]) => name).join('; ')}`, tool, (at) => {
      for (const [, edit] of chosen) edit(at);
    });
  }
});
