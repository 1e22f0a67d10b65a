/** A backend that cannot be used here: the message says why and, on further lines, what would help. Never a bug. */
export class BackendError extends Error {
  override readonly name: string = 'BackendError';
  /** The argument that was wrong; the message begins with it. */
  readonly argument: 'backend' | 'threads' | undefined;
  constructor(message: string, argument?: BackendError['argument']) {
    super(message);
    this.argument = argument;
  }
}

/** A GPU that cannot go on. Everything that is on it is gone or cannot be trusted. */
export class DeviceError extends BackendError {
  override readonly name = 'DeviceError';
  readonly kind: 'lost' | 'memory' | 'refused';
  constructor(kind: DeviceError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
