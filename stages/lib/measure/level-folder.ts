/** Name of a noise level's folder below that of a stage. @param name of the level as it is spelled in the parameters */
export const levelFolder = (name: string): string => `noise${name}`;
