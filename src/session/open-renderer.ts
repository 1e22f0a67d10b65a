// Chooses how a run is shown by the flags, the stream and the environment.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Stage } from '../pipeline/stage.ts';
import { naming } from '../disk/system-problem.ts';
import { lastDurations, recallHistory } from '../run/history.ts';
import { makeRenderer } from '../show/live/renderer.ts';
import type { Renderer } from '../show/live/output.ts';
import { makeTrace } from '../show/live/trace.ts';
import { wantsColour } from '../show/text/colour.ts';
import { directly } from './guard-output.ts';
import type { Loaded } from './load.ts';

export interface RendererFlags {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  /** Where to write a Chrome trace of the run. */
  readonly profile?: string;
}

export function openRenderer(flags: RendererFlags, loaded: Loaded, stages: readonly Stage[]): Renderer {
  let estimates: ((stage: Stage) => number | undefined) | undefined;
  let byAddress: ReadonlyMap<string, Stage> | undefined;
  const renderer = makeRenderer({
    stream: flags.json ? process.stdout : directly(process.stdout),
    tty: process.stdout.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI'],
    json: flags.json === true,
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    colour: wantsColour(process.stdout),
    github: process.env['GITHUB_ACTIONS'] === 'true',
    estimate(address) {
      byAddress ??= new Map(stages.map((stage) => [stage.address, stage]));
      const stage = byAddress.get(address);
      estimates ??= lastDurations(recallHistory(join(loaded.folders.state, 'history.jsonl')));
      return stage && estimates(stage);
    },
    stages: stages.map(({ address }) => address),
    folder: process.cwd(),
    now: () => performance.now() / 1000,
  });
  const { profile } = flags;
  if (profile === undefined) return renderer;
  const trace = makeTrace((json) => naming(resolve(profile), () => writeFileSync(profile, json)));
  return {
    event(event) {
      renderer.event(event);
      trace.event(event);
    },
    end() {
      renderer.end();
      trace.end();
    },
  };
}
