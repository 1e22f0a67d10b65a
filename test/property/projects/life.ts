// One project from its first run on: every edit and command happens to the real workspace and to the reference.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { runPipe, type Ran, type TestWorkspace } from '../../workspace.ts';
import type { Command } from './arbitraries.ts';
import {
  assertFiles,
  assertObjects,
  assertKept,
  assertLocks,
  assertOutcomes,
  assertOutputs,
  assertStatus,
  writtenByHand,
} from './compare.ts';
import { change } from './disk.ts';
import { edited, filesBelow, OUTPUTS, picked, sourcesIn, type Edit } from './edits.ts';
import type { World } from './project.ts';
import { Reference, type Asked, type Entry } from './reference.ts';
import { isInside, type Tree } from './tree.ts';

const LOCKS = ['pipeline.lock', 'sub/pipeline.lock'];

/** As git has it: what is declared, the sources, the lock files. */
interface Commit {
  readonly world: World;
  readonly lock: ReadonlyMap<string, Entry>;
  readonly overlay: readonly string[];
  readonly texts: readonly (readonly [file: string, text: string | undefined])[];
}

export class Life {
  readonly #workspace: TestWorkspace;
  readonly #reference = new Reference();
  readonly #commits: Commit[] = [];
  /** Commands that need processes of their own are left out. */
  readonly #isQuick: boolean;
  readonly #committed = new Set<string>();
  #world: World;
  /** For so many full runs, all runs are processes: these can give the fast answer, but no events. */
  #inProcesses = 0;
  /** A killed run left more results in the cache than the reference knows of. */
  #wasKilled = false;
  /** Since the last full run. Whether a stage that makes the same bytes brings it back in time depends on which runs first. */
  #isObjectLost = false;

  constructor(workspace: TestWorkspace, world: World, isQuick: boolean) {
    this.#isQuick = isQuick;
    this.#workspace = workspace;
    this.#world = world;
    change(workspace.root, undefined, world);
  }

  /** A full run; `status` before it says what it does, and after it that all is done. */
  async build(): Promise<void> {
    const { stdout } = await this.#workspace.expect(0, 'status', '--json');
    const outcomes = await this.#repro({});
    if (outcomes.size > 0 && this.#isExact) assertStatus(stdout, outcomes);
    this.#isObjectLost = false;
    this.#inProcesses = Math.max(0, this.#inProcesses - 1);
    const after = await this.#workspace.expect(0, 'status', '--json');
    const next = this.#reference.preview(this.#world);
    if (!this.#wasKilled) assertStatus(after.stdout, next);
    assertObjects(this.#workspace.root, this.#reference.objects);
    this.#commits.push({
      world: this.#world,
      lock: this.#reference.lock,
      overlay: this.#reference.overlay,
      texts: LOCKS.map((path) => [path, this.#text(path)]),
    });
  }

  get #isExact(): boolean {
    return !this.#wasKilled && !this.#isObjectLost;
  }

  edit(edit: Edit): void {
    const { root } = this.#workspace;
    switch (edit.kind) {
      case 'touch': {
        const path = picked(sourcesIn(this.#world.tree), edit.pick);
        return path === undefined ? undefined : utimesSync(this.#workspace.path(path), 1, 1);
      }
      case 'output touched': {
        const path = picked(filesBelow(this.#world.tree, OUTPUTS), edit.pick);
        if (path === undefined || this.#world.project.links.length > 0) return;
        const at = this.#workspace.path(path);
        return edit.pick % 2 ? chmodSync(at, statSync(at).mode & 0o555) : utimesSync(at, 1, 1);
      }
      case 'go back':
        return this.#goBack(picked(this.#commits, edit.pick));
      case 'no lock file': {
        // Garbage collection takes what no record names, and a link to it would lead nowhere.
        if (this.#world.project.links.includes('symlink')) return;
        const path = LOCKS[edit.pick % 2]!;
        this.#workspace.remove(path);
        const home = path === 'pipeline.lock' ? '.' : 'sub';
        if (home === '.') this.#reference.overlay = [];
        this.#reference.lock = new Map(
          [...this.#reference.lock].filter(([, { stage }]) => stage.home !== home),
        );
        return;
      }
      case 'object': {
        if (this.#world.project.links.includes('symlink')) return;
        const digest = this.#reference.loseObject(edit.pick);
        this.#isObjectLost ||= digest !== undefined;
        if (digest !== undefined)
          rmSync(this.#workspace.path(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`));
        return;
      }
      default: {
        const after = edited(this.#world, edit);
        change(
          root,
          this.#world,
          after,
          edit.kind === 'text' ? edit.how : edit.kind === 'output' ? 'replaced' : 'in place',
        );
        this.#world = after;
      }
    }
  }

  async command(command: Command): Promise<void> {
    switch (command.kind) {
      case 'repro':
        await this.#repro(command.asked);
        return;
      case 'checkout': {
        const { code, tree } = this.#reference.checkout(this.#world);
        await this.#workspace.expect(code, 'checkout', '-f');
        return this.#becomes(tree);
      }
      case 'killed':
        return this.#kill(command.step);
      case 'in processes':
        if (this.#isQuick) return;
        // The first may find nothing to do, and keep it as the answer of the next ones.
        this.#inProcesses = 2;
        await this.#repro({});
        await this.#repro({});
        return;
      case 'commit':
        if (!this.#reference.commit(this.#world)) return;
        for (const text of writtenByHand(this.#world.tree)) this.#committed.add(text);
        await this.#workspace.expect(0, 'commit', '-f');
        return this.#compare();
      case 'gc':
        // A link to what no record names would lead nowhere.
        if (this.#world.project.links.includes('symlink')) return;
        this.#reference.collect();
        await this.#workspace.expect(0, 'gc', '-w');
        return this.#compare();
      case 'outputs removed': {
        const tree = new Map(
          [...this.#world.tree].filter(([path]) => !OUTPUTS.some((folder) => isInside(path, folder))),
        );
        const after = { ...this.#world, tree };
        change(this.#workspace.root, this.#world, after);
        this.#world = after;
      }
    }
  }

  /** A run ends before a step; the next one does what both together would have done. */
  async #kill(step: number): Promise<void> {
    const repeats = this.#world.project.stages.some(
      ({ outs, meddles }) => meddles !== null || outs.some(({ persist }) => persist),
    );
    if (this.#isQuick || repeats) return;
    await runPipe(this.#workspace.root, ['repro', '-k'], { PIPE_FAULT_AT: String(step) });
    this.#wasKilled = true;
    await this.#repro({});
  }

  #run(flags: readonly string[]): Promise<Ran> {
    return this.#inProcesses > 0
      ? runPipe(this.#workspace.root, ['repro', '-k', ...flags])
      : this.#workspace.pipe('repro', '-k', '--json', ...flags);
  }

  /** After a command. */
  #becomes(tree: Tree): void {
    assertKept(this.#workspace.root, this.#world.tree, tree, this.#committed);
    this.#world = { ...this.#world, tree };
    this.#compare();
  }

  async #repro(asked: Asked): Promise<Awaited<ReturnType<Reference['repro']>>['outcomes']> {
    const flags = [
      ...(asked.targets ?? []),
      ...(asked.single ? ['-s'] : []),
      ...(asked.downstream ? ['--downstream'] : []),
      ...(asked.force ? ['-f'] : []),
      ...(asked.word === undefined ? [] : ['-S', `word=${asked.word}`]),
      ...(asked.forceDownstream ? ['--force-downstream'] : []),
    ];
    let done = this.#reference.repro(this.#world, asked);
    let ran = await this.#run(flags);
    if (done.refused !== undefined)
      assert.match(ran.stderr + ran.stdout, new RegExp(`\\b${done.refused}\\b`));
    if (done.refused === 'vanished-unsaved') {
      // What nothing has a copy of is the user's to remove.
      this.#removeVanished();
      done = this.#reference.repro(this.#world, asked);
      ran = await this.#run(flags);
    }
    assert.equal(ran.code, done.code, ran.stderr + ran.stdout);
    if (this.#inProcesses === 0) assertOutcomes(ran.stdout, done.outcomes, this.#isExact);
    this.#becomes(done.tree);
    return done.outcomes;
  }

  #compare(): void {
    const { root } = this.#workspace;
    assertFiles(root, this.#world);
    assertOutputs(root, this.#world, this.#reference.lock);
    assertLocks(root, this.#reference);
  }

  #removeVanished(): void {
    const declared = this.#reference.declaredOuts(this.#world);
    const tree = new Map(
      [...this.#world.tree].filter(
        ([path]) =>
          !filesBelow(this.#world.tree, OUTPUTS).includes(path) ||
          declared.some((out) => isInside(path, out)),
      ),
    );
    const after = { ...this.#world, tree };
    change(this.#workspace.root, this.#world, after);
    this.#world = after;
  }

  /** `git checkout` of an earlier commit: outputs stay as they are. */
  #goBack(commit: Commit | undefined): void {
    if (!commit) return;
    const isOutput = (path: string): boolean => OUTPUTS.some((folder) => isInside(path, folder));
    const tree = new Map([
      ...[...this.#world.tree].filter(([path]) => isOutput(path)),
      ...[...commit.world.tree].filter(([path]) => !isOutput(path)),
    ]);
    const after = { ...commit.world, tree };
    change(this.#workspace.root, this.#world, after);
    this.#world = after;
    this.#reference.lock = commit.lock;
    this.#reference.overlay = commit.overlay;
    for (const [path, text] of commit.texts)
      if (text === undefined) this.#workspace.remove(path);
      else writeFileSync(this.#workspace.path(path), text);
  }

  #text(path: string): string | undefined {
    const at = this.#workspace.path(path);
    return existsSync(at) ? readFileSync(at, 'utf8') : undefined;
  }
}
