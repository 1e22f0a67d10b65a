// How the experiment is called on a tracking server, and the keys of its runs: the same for a run that is followed and
// for its record.

export const EXPERIMENT = 'denoising_cv';

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
