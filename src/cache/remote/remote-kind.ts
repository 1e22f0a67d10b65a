// A kind of remote, chosen by the scheme of the URL. Each is loaded when it is needed.
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';
import type { Environment, Secret, Secrets } from './credentials.ts';
import type { Remote } from './remote.ts';

export interface Declared {
  readonly name: string;
  readonly declared: RemoteConfig & { readonly url: string };
}

export interface KindOptions extends Declared {
  /** No remote declares it: a URL by itself. */
  readonly undeclared?: true;
  readonly secrets: Secrets;
  readonly env: Environment;
  /** Absolute folder of ours for files on their way; the system's where there is none. */
  readonly scratch?: string;
  /** @throws PipeError where the user has not named the server that would get this secret. */
  readonly permit: (secret: Secret) => void;
  /** A question that can stay open: a server is asked once, and waited for a few seconds. */
  readonly quick?: boolean | undefined;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
}

export interface RemoteKind {
  /**
   * Identifies who receives secrets: scheme, host and port of a server; undefined where no server does.
   * @throws PipeError for a URL that cannot be used.
   */
  server(declared: Declared): string | undefined;
  /** @throws PipeError for a URL or an option that cannot be used. */
  open(options: KindOptions): Remote | Promise<Remote>;
}
