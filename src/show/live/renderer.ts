// Chooses how a run is shown: a display on a terminal, plain lines elsewhere, JSON lines for programs.
import type { StageAddress } from '../../pipeline/stage.ts';
import type { Output, Renderer } from './output.ts';
import { makeJsonLog } from './json-log.ts';
import { makePlainLog } from './plain-log.ts';
import { makeTerminalDisplay } from './terminal-display.ts';

export interface RendererOptions {
  readonly stream: Output & Pick<NodeJS.WriteStream, 'on' | 'off'>;
  readonly tty: boolean;
  readonly json: boolean;
  /** Failures only. */
  readonly quiet: boolean;
  /** Fresh stages and what stages print, too. */
  readonly verbose: boolean;
  readonly colour: boolean;
  /** GitHub Actions: what a stage printed becomes a group that folds. */
  readonly github: boolean;
  /** Seconds that a stage will probably take. */
  readonly estimate: (stage: StageAddress) => number | undefined;
  /** The stages of the run, for the estimate of the whole. */
  readonly stages?: readonly StageAddress[];
  /** Absolute; paths below it are shown relative to it. */
  readonly folder?: string | undefined;
  /** Seconds, of a steady clock. */
  readonly now: () => number;
}

/** Frames a second. */
const FRAMES = 10;

export function makeRenderer(options: RendererOptions): Renderer {
  if (options.json) return makeJsonLog(options);
  if (!options.tty || options.quiet) return makePlainLog(options);
  return animate(options);
}

/** The terminal display, drawn by a timer and at each change of the size; the cursor comes back whatever happens. */
function animate(options: RendererOptions): Renderer {
  const display = makeTerminalDisplay(options);
  const timer = setInterval(display.draw, 1000 / FRAMES);
  timer.unref();
  // Ctrl-Z: the shell gets a tidy terminal; once we go on, the timer draws again.
  const suspend = (): void => {
    display.end();
    process.kill(process.pid, 'SIGSTOP');
  };
  options.stream.on('resize', display.draw);
  process.on('SIGTSTP', suspend);
  process.on('exit', display.end);
  return {
    event: display.event,
    end() {
      clearInterval(timer);
      options.stream.off('resize', display.draw);
      process.off('SIGTSTP', suspend);
      process.off('exit', display.end);
      display.end();
    },
  };
}
