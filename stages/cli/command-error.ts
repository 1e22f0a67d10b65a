// How a command ends when it cannot do its work: one message for the user, no stack.

/** A failure that the user can do something about. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
