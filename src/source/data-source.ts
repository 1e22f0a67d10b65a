// Data outside of the project that is brought into it, or that a stage reads where it is: a server, a folder of this machine.
// Types only.
import type { Content } from '../hash/digest.ts';

export interface DataSource {
  /** For people; without credentials. */
  readonly url: string;
  /**
   * What is there now, asked for without reading it where its place distinguishes versions.
   * @returns undefined where nothing is there. @throws PipeError where it cannot be found out.
   */
  look(): Promise<Content | undefined>;
  /**
   * Brings what is there to a path at which nothing is.
   * @returns the version that was brought, as `look` gives it. @throws PipeError, also where nothing is there.
   */
  download(path: string, options: DownloadOptions): Promise<Content>;
}

export interface DownloadOptions {
  /** Files that may be executed stay so. */
  readonly modes: boolean;
  /** Called with all bytes that came so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
}
