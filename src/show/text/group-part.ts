// `train` of `train@0.3-1`; with the pipeline file before it where the address has one.
const GROUP = /^(?:.*?(?:pipeline|dvc)\.yaml:)?[^@]*/s;

/** The address itself for a stage of no group. */
export const groupPart = (address: string): string => GROUP.exec(address)![0];
