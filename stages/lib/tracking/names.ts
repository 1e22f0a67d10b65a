// The names and keys of the experiment's runs and models on a tracking server: the same for a run that is followed and for its record.

/** Models of other data are another model: they never compete. @param model its name in the parameters */
export const registeredName = (model: string, dataset: string): string => `${model}-${dataset}`;

/** @param root folder of all outputs: a quickstart beside the full experiment is a project of its own. */
export const projectOf = (root: string): string =>
  `denoising-autoencoder/${keyPart(root.replace(/\/+$/, ''), '/')}`;

/** The configuration of a stage, by its name without its fold. */
export function configurationName(stage: string, fold: number): string {
  return stage.endsWith(`-${fold}`) ? stage.slice(0, -`-${fold}`.length) : stage;
}

export const configurationKey = (name: string): string => `train/${keyPart(name)}`;

export const foldKey = (parent: string, fold: number): string => `${parent}/fold_${fold}`;

/** A name as keys of a record allow it. @param more characters that are kept too */
export function keyPart(name: string, more = ''): string {
  return name.replaceAll(/[^A-Za-z0-9_.@=,-]/gu, (character) => (more.includes(character) ? character : '_'));
}
