/** A backend that cannot be used here: the message says why and, on further lines, what would help. Never a bug. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  /** The argument that was wrong; the message begins with it. */
  readonly argument: 'backend' | 'threads' | undefined;
  constructor(message: string, argument?: BackendError['argument']) {
    super(message);
    this.argument = argument;
  }
}
