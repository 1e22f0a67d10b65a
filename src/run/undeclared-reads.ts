// Guesses, after a stage failed, which outputs of other stages it reads without declaring them.
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { reads } from '../plan/overlap.ts';

export interface UndeclaredRead {
  /** As the stage's output names it. */
  readonly path: string;
  readonly by: StageAddress;
}

/**
 * @param tail the last lines that the stage printed.
 * @returns the outputs of other stages that they name, without those that the stage declares or writes.
 */
export function undeclaredReads(
  stage: Stage,
  stages: readonly Stage[],
  tail: readonly string[],
): readonly UndeclaredRead[] {
  const text = tail.join('\n');
  if (text === '') return [];
  return stages.flatMap((other) =>
    other === stage
      ? []
      : other.outs.flatMap((out) => {
          if (stage.deps.some((dep) => reads(dep, out)) || stage.outs.some((own) => reads(own, out)))
            return [];
          const path = [fromFolder(stage.wdir, out.at), out.at].find((name) => names(text, name));
          return path === undefined ? [] : [{ path, by: other.address }];
        }),
  );
}

const fromFolder = (folder: string, path: string): string =>
  folder !== '.' && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;

/** Whole names only: `a.txt` is not in `data.txt`. */
function names(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + path.length] ?? ' '];
    const isWhole = !/[\w.-]/.test(before) && !/[\w-]/.test(after);
    if (isWhole && !/^\.\w/.test(text.slice(at + path.length))) return true;
  }
  return false;
}
