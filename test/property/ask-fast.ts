// Asks for the fast answer alone: ends with 0 where it was given, with 9 where the ordinary walk would be asked.
// Usage: node ask-fast.ts FAST.JS ARGUMENTS OF PIPE
const [fast] = process.argv.splice(2, 1);
const { answer } = (await import(fast!)) as { readonly answer: () => boolean };
process.exitCode = answer() ? 0 : 9;
