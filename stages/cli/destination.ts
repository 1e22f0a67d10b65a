// The destination of tracking records: the server that the environment names, or a local server on the project's mlflow.db. Opening one
// may start that server; nothing is sent here.
import { join } from 'node:path';
import {
  connectionFor,
  experimentFromEnvironment,
  MlflowError,
  openClient,
  type MlflowClient,
} from '@pipe-engine/mlflow';
import { findMlflow } from './mlflow-command.ts';
import { DATABASE, setUnfinishedAside } from './mlflow-database.ts';
import { startServer, type LocalServer } from './mlflow-server.ts';
import { fileIdentity } from './sent-notes.ts';
import { serverVersion, uiCommand } from './ui-command.ts';

export interface DestinationOptions {
  /** Absolute path of the project's folder. */
  readonly root: string;
  /** Let `uvx` download MLflow where there is none. */
  readonly uvx?: boolean;
  /** Takes each line for the user. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Destination {
  /** Identifies the destination; contains no password. */
  readonly name: string;
  /** Changes when earlier runs must be gone, as far as that is known without a request. */
  readonly identity: () => string | undefined;
  /** True where one request is enough to see that nothing is pending; false where a server would have to be started. */
  readonly isCheapToAsk: boolean;
  /** @throws MlflowError `NO_SERVER` where there is no server to send to. */
  readonly open: () => Promise<OpenDestination>;
}

export interface OpenDestination {
  readonly client: MlflowClient;
  /** For the user: where runs that were sent can be seen. */
  readonly shown: string;
  readonly close: () => Promise<void>;
}

/** @throws MlflowError `BAD_CONFIGURATION` */
export function destination(options: DestinationOptions): Destination {
  const uri = process.env['MLFLOW_TRACKING_URI'] ?? '';
  return uri === '' ? localDestination(options) : remoteDestination(uri, options);
}

function remoteDestination(uri: string, options: DestinationOptions): Destination {
  const connection = connectionFor(uri);
  return {
    name: named(connection.baseUrl),
    identity: () => undefined,
    isCheapToAsk: true,
    open: () =>
      Promise.resolve({
        client: client(uri, options),
        shown: connection.baseUrl,
        close: () => Promise.resolve(),
      }),
  };
}

function localDestination(options: DestinationOptions): Destination {
  const { root, uvx = false, say, signal } = options;
  const database = join(root, DATABASE);
  return {
    name: named(DATABASE),
    identity: () => fileIdentity(database) ?? 'none',
    isCheapToAsk: false,
    open: async () => {
      const command = findMlflow(root, uvx);
      if (command === undefined)
        throw noServer(
          'there is no MLflow here',
          'Set MLFLOW_TRACKING_URI, or install it (python3 -m venv .venv && .venv/bin/pip install mlflow).',
        );
      say('tracking: starting an MLflow server for the sending');
      const log = join(root, '.tracking', 'server.log');
      try {
        const start = (): Promise<LocalServer> => startServer(root, command, log, signal);
        const server = await start().catch((error: unknown) => {
          const aside = signal?.aborted ? undefined : setUnfinishedAside(root);
          if (aside === undefined) throw error;
          say(
            `tracking: ${DATABASE} was left unfinished by an interrupted start; it is moved to ${aside} and created again`,
          );
          return start();
        });
        return {
          client: client(server.url, options, {}),
          shown: `${DATABASE}; see it with: ${uiCommand(root, await serverVersion(server.url), command)}`,
          close: server.stop,
        };
      } catch (error) {
        signal?.throwIfAborted();
        throw noServer(
          error instanceof Error ? error.message : String(error),
          'Its output is in .tracking/server.log.',
          error,
        );
      }
    },
  };
}

function client(
  uri: string,
  options: DestinationOptions,
  env: NodeJS.ProcessEnv = process.env,
): MlflowClient {
  return openClient(connectionFor(uri, env), {
    onRetry: ({ error, seconds }) =>
      options.say(`tracking: ${error.message}; trying again in ${seconds.toFixed(1)} s`),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

function named(place: string): string {
  const { id, name } = experimentFromEnvironment();
  return [
    place,
    ...(id === undefined ? [] : [`id=${id}`]),
    ...(name === undefined ? [] : [`name=${name}`]),
  ].join(' ');
}

const noServer = (message: string, hint: string, cause?: unknown): MlflowError =>
  new MlflowError({ code: 'NO_SERVER', message, hint }, cause);
