// The stages of a revision, as far as they are compared.
import type { Value } from '../base/value.ts';
import type { StageFacts } from '../compare/stage-diff.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Revision } from './project-at.ts';

export const collectStages = (revision: Revision): readonly StageFacts[] =>
  revision.project.stages.flatMap((stage) => (stage.cmd === null ? [] : [factsOf(stage, revision)]));

function factsOf(stage: Stage, revision: Revision): StageFacts {
  const entry = revision.entry(stage);
  const recorded = new Map(entry?.deps.map(({ path, content }) => [path, content.digest]));
  const ran = revision.isExperiment ? entry : undefined;
  const params = new Map<string, Value | undefined>();
  for (const dep of stage.params)
    for (const [key, value] of ran?.params.get(dep.file) ?? revision.project.params(dep))
      params.set(`${dep.at}:${key}`, value);
  return {
    address: stage.address,
    cmd: [ran?.cmd ?? stage.cmd ?? []].flat().join('\n'),
    wdir: stage.wdir,
    frozen: stage.frozen,
    deps: new Map(stage.deps.map(({ path, at }) => [at, recorded.get(path)])),
    outs: stage.outs.map(({ at }) => at),
    params,
  };
}
