// The rules of a run's data sets: the limits that MLflow's server has for them.
import type { MlflowError } from './errors.ts';
import type { DatasetInput } from './record.ts';

const LONGEST = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 } as const;
/** A source type and the value of an input's tag. */
const LONGEST_WORD = 500;

/** @param wrong makes the error @throws what it makes */
export function checkInputs(inputs: readonly DatasetInput[], wrong: (what: string) => MlflowError): void {
  const known = new Set<string>();
  for (const input of inputs) {
    const about = `data set ${input.name}`;
    for (const [field, longest] of Object.entries(LONGEST)) {
      const value = input[field as keyof typeof LONGEST];
      if (value === undefined && (field === 'schema' || field === 'profile')) continue;
      if (typeof value !== 'string' || value === '') throw wrong(`${about} has no ${field}`);
      if (value.length > longest)
        throw wrong(`${about}: its ${field} has ${value.length} characters; MLflow takes ${longest}`);
    }
    for (const word of [input.sourceType, input.context])
      if (typeof word !== 'string' || word === '' || word.length > LONGEST_WORD)
        throw wrong(`${about} has no type of its source or no context, or too long ones`);
    // The server keeps the first of two.
    const identity = `${input.name} ${input.digest}`;
    if (known.has(identity)) throw wrong(`${about} is there twice`);
    known.add(identity);
  }
}
