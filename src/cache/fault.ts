// Where a test may stop the program: called before each step that changes the file system, with the step's name.

export type Fault = (step: string) => void;

export const noFault: Fault = () => undefined;
