// Random pipelines live through random edits, damage and crashes: after every run that ends well each output is what a
// build from nothing gives, and nothing ran whose result an honest builder that remembers everything would still have had.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { amount } from './amount.ts';
import { isWhole } from '../amount.ts';
import { makeWorkspaceHere } from '../cli/here.ts';
import { makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';
import { assertSoundCache } from '../faults/crash.ts';
import { someChapter, someInputs, somePipeline, type Happening } from './arbitraries.ts';
import {
  evaluate,
  inputFiles,
  inputLinks,
  sourcePath,
  type ModelInputs,
  type ModelPipeline,
} from './model.ts';

const story = somePipeline(6).chain((pipeline) =>
  fc.record({
    pipeline: fc.constant(pipeline),
    inputs: someInputs(pipeline),
    chapters: fc.array(someChapter, { minLength: 4, maxLength: 6 }),
  }),
);

test('whatever happens between runs, each gives what a build from nothing gives, and runs no more than it must', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, async ({ pipeline, inputs, chapters }) => {
      const life = new Life((isWhole ? makeWorkspace : makeWorkspaceHere)(t, {}), pipeline, inputs);
      await life.build(1);
      for (const { happenings, jobs } of chapters) {
        for (const happening of happenings) await life.happen(happening);
        await life.build(jobs);
      }
      life.workspace.remove('.');
    }),
    amount(1, 8),
  );
});

class Life {
  readonly workspace: TestWorkspace;
  readonly #pipeline: ModelPipeline;
  #inputs: ModelInputs;
  /** Keys of results that a run ended with. */
  readonly #known = new Set<string>();
  /** Something happened to what is kept: results may have to be made again. */
  readonly #excused = new Set<string>();
  /** Objects were removed or changed by hand. */
  #damaged = false;
  /** Outputs may lie about that no record names any more. */
  #strays = false;

  constructor(workspace: TestWorkspace, pipeline: ModelPipeline, inputs: ModelInputs) {
    this.workspace = workspace;
    this.#pipeline = pipeline;
    this.#inputs = inputs;
    this.#link();
    this.#write();
  }

  #write(): void {
    for (const [path, text] of Object.entries(inputFiles(this.#pipeline, this.#inputs)))
      if (!existsSync(this.workspace.path(path)) || this.workspace.read(path) !== text)
        this.workspace.write(path, text);
    for (const [index, mayRun] of this.#inputs.executable.entries()) {
      const path = this.workspace.path(sourcePath(index));
      if (mayRun !== ((statSync(path).mode & 0o100) !== 0)) chmodSync(path, mayRun ? 0o755 : 0o644);
    }
  }

  #link(): void {
    for (const [path, target] of Object.entries(inputLinks(this.#pipeline))) {
      mkdirSync(dirname(this.workspace.path(path)), { recursive: true });
      symlinkSync(target, this.workspace.path(path));
    }
  }

  async build(jobs: number): Promise<void> {
    this.#removeStrays();
    const { outs, keys } = evaluate(this.#pipeline, this.#inputs);
    const { ran } = await this.#repro(jobs);
    for (const [path, text] of Object.entries(outs)) assert.equal(this.workspace.read(path), text, path);
    assert.deepEqual(readdirSync(this.workspace.path('grid')).sort(), this.#members());
    for (const address of ran) {
      const key = keys.get(address)!;
      assert.ok(!this.#known.has(key) || this.#excused.has(key), `'${address}' ran again for nothing`);
      this.#excused.delete(key);
    }
    for (const key of keys.values()) this.#known.add(key);
    if (!this.#damaged) assertSoundCache(this.workspace);
    assert.deepEqual((await this.workspace.repro()).ran, [], 'a second run has nothing to do');
  }

  async #repro(jobs: number): Promise<{ ran: readonly string[] }> {
    const tried = await this.workspace.pipe('repro', '-q', '--dry');
    if (tried.code === 1) {
      // What nobody has a copy of is the user's to remove.
      assert.match(tried.stderr, /no longer declare/);
      this.#strays = true;
      this.#removeStrays();
    }
    return this.workspace.repro(`-j${jobs}`);
  }

  #members(): string[] {
    return this.#inputs.grid.map((item) => `${item}.txt`).sort();
  }

  #removeStrays(): void {
    if (this.#strays)
      for (const path of globSync('grid/*', { cwd: this.workspace.root }))
        if (!this.#members().includes(path.slice('grid/'.length))) this.workspace.remove(path);
    this.#strays = false;
  }

  async happen(happening: Happening): Promise<void> {
    const { workspace } = this;
    switch (happening.kind) {
      case 'source': {
        const at = happening.pick % this.#inputs.sources.length;
        this.#edit({ sources: this.#inputs.sources.with(at, happening.text) });
        assert.equal(workspace.read(sourcePath(at)), happening.text);
        return;
      }
      case 'mode': {
        const at = happening.pick % this.#inputs.executable.length;
        this.#edit({ executable: this.#inputs.executable.with(at, !this.#inputs.executable[at]) });
        return;
      }
      case 'param':
        this.#edit({
          params: this.#inputs.params.with(happening.pick % this.#inputs.params.length, happening.value),
        });
        return;
      case 'grid':
        this.#edit({ grid: happening.grid });
        return;
      case 'edit output':
      case 'delete output':
      case 'touch': {
        const path = this.#choose(
          globSync(['out/**/*.txt', 'out/*/*', 'grid/*', 'sum.txt'], { cwd: workspace.root }),
          happening.pick,
        );
        if (path === undefined) return;
        if (happening.kind === 'edit output') workspace.write(path, 'edited by hand\n');
        else if (happening.kind === 'delete output') workspace.remove(path);
        else utimesSync(workspace.path(path), 1, 1);
        return;
      }
      case 'delete object':
      case 'damage object': {
        const path = this.#choose(
          globSync('cache/objects/sha256/*/*', { cwd: workspace.root }),
          happening.pick,
        );
        if (path === undefined) return;
        if (happening.kind === 'delete object') workspace.remove(path);
        else {
          chmodSync(workspace.path(path), 0o644);
          writeFileSync(workspace.path(path), flipped(readFileSync(workspace.path(path))));
        }
        this.#damaged = true;
        for (const key of this.#known) this.#excused.add(key);
        return;
      }
      case 'lose':
        workspace.remove(happening.what);
        this.#strays ||= happening.what === 'pipeline.lock';
        return;
      case 'crash': {
        const { signal, code, stderr } = await runPipe(
          workspace.root,
          ['repro', '-q', `-j${happening.jobs}`],
          { PIPE_FAULT_AT: String(happening.at) },
        );
        if (signal === null) {
          if (code === 1) assert.match(stderr, /no longer declare/);
          else assert.equal(code, 0, stderr);
        }
      }
    }
  }

  #edit(change: Partial<ModelInputs>): void {
    this.#inputs = { ...this.#inputs, ...change };
    this.#write();
  }

  #choose(paths: readonly string[], pick: number): string | undefined {
    return paths.length === 0 ? undefined : paths.toSorted()[pick % paths.length];
  }
}

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1]! ^= 1;
  return bytes;
}
