// `pipe dag`: draws the graph.
import { dagDot, dagJson, dagMermaid } from '../show/dag/formats.ts';
import { dagText } from '../show/dag/dag-text.ts';
import { dagView } from '../show/dag/build-view.ts';
import { wantsColour } from '../show/text/colour.ts';
import { load, selectStages, type OverlayFlags } from '../session/load.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

export interface DagFlags extends OverlayFlags, OutputFlags {
  readonly outs?: true;
  readonly expand?: true;
  readonly full?: true;
  readonly allEdges?: true;
  readonly mermaid?: true;
  readonly dot?: true;
}

/** @returns the exit code. */
export async function dagCommand(target: string | undefined, flags: DagFlags): Promise<number> {
  const { project, graph } = await load(flags);
  const targets =
    target === undefined ? undefined : selectStages({ project, graph }, [target], { single: true });
  const exact = flags.json || flags.dot || flags.mermaid || flags.verbose;
  const view = dagView(graph, {
    targets,
    full: flags.full === true,
    outs: flags.outs === true,
    expand: flags.expand === true || exact === true,
  });
  const print = makePrinter(flags);
  if (flags.json) print.json(dagJson(view));
  else if (flags.dot) print.text(dagDot(view));
  else if (flags.mermaid) print.text(dagMermaid(view));
  else
    print.text(
      dagText(view, {
        width: process.stdout.columns || 120,
        colour: wantsColour(process.stdout),
        all: flags.allEdges === true,
      }),
    );
  return 0;
}
