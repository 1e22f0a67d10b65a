// Connections by Node's own client, which knows the ways through proxies, and asks a server before it sends a long body.
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Environment } from '../credentials.ts';
import { NoConnection } from '../persistently.ts';
import {
  bodyLength,
  noConnectionWithin,
  type AnswerHeaders,
  type Wire,
  type WireEvents,
  type WireOptions,
} from './wire.ts';

export const namesProxy = (env: Environment): boolean =>
  Object.keys(env).some((name) => /^https?_proxy$/i.test(name));

export function nodeWire({ secure, port, ca, verify, connectSeconds }: WireOptions, env: Environment): Wire {
  // An agent that is given an environment reads it for every request.
  const settings = {
    keepAlive: true,
    scheduling: 'lifo',
    ...(namesProxy(env) && { proxyEnv: env }),
  } as const;
  const agent = secure
    ? new HttpsAgent({ ...settings, rejectUnauthorized: verify, ...(ca !== undefined && { ca }) })
    : new HttpAgent(settings);
  return {
    begin(request, events) {
      const message = (secure ? httpsRequest : httpRequest)({
        agent,
        ...request,
        ...(port !== undefined && { port }),
      });
      let answer: IncomingMessage | undefined;
      let isOver = false;
      const end = (report: () => void): void => {
        if (isOver) return;
        isOver = true;
        report();
      };
      const fail = (error: unknown): void => end(() => events.onFailure(error));
      limitConnecting(message, connectSeconds, () => events.onConnected());
      message.on('error', fail);
      message.on('continue', () => events.onContinue());
      message.once('response', (response) => {
        answer = response;
        hear(response, request.method, events, end);
      });
      return {
        send(bytes, isLast, onSent) {
          if (isOver) return;
          if (isLast) message.end(bytes, onSent);
          else if (bytes) message.write(bytes, onSent);
          else message.flushHeaders();
        },
        flow(comes) {
          if (comes) answer?.resume();
          else answer?.pause();
        },
        destroy(error) {
          if (isOver) return;
          message.destroy(error);
          answer?.destroy(error);
          fail(error);
        },
      };
    },
    close: () => agent.destroy(),
  };
}

/** A connection that does not come about ends the request. */
function limitConnecting(message: ClientRequest, seconds: number, onConnected: () => void): void {
  message.once('socket', (socket) => {
    if (!socket.connecting) return onConnected();
    const timer = setTimeout(
      () => message.destroy(new NoConnection(noConnectionWithin(seconds))),
      seconds * 1000,
    );
    socket.once('connect', () => {
      clearTimeout(timer);
      onConnected();
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

function hear(
  answer: IncomingMessage,
  method: string,
  events: WireEvents,
  end: (report: () => void) => void,
): void {
  const status = answer.statusCode!;
  const headers = answer.headers as AnswerHeaders;
  events.onHead({ status, headers, length: bodyLength(method, status, headers) });
  const fail = (error: Error): void => end(() => events.onFailure(error));
  answer.on('data', (piece: Buffer) => events.onPiece(piece));
  answer.on('error', fail);
  answer.once('close', () => fail(new Error('the server closed the connection')));
  answer.once('end', () => {
    if (answer.complete) end(() => events.onEnd());
  });
}
