// Connections by Node's own client, which knows the ways through proxies.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Environment } from '../credentials.ts';
import type { AnswerHeaders } from './answer-parser.ts';
import type { Wire, WireEvents, WireOptions } from './wire.ts';

export const namesProxy = (env: Environment): boolean =>
  Object.keys(env).some((name) => /^https?_proxy$/i.test(name));

export function proxiedWire({ secure, port, ca, verify }: WireOptions, env: Environment): Wire {
  // An agent that is given an environment reads it for every request.
  const settings = { keepAlive: true, scheduling: 'lifo', proxyEnv: env } as const;
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
      const end = (tell: () => void): void => {
        if (isOver) return;
        isOver = true;
        tell();
      };
      const fail = (error: unknown): void => end(() => events.onFailure(error));
      message.once('socket', (socket) => {
        if (!socket.connecting) return events.onConnected();
        events.onConnecting();
        socket.once('connect', () => events.onConnected());
      });
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
        giveBack,
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

function hear(
  answer: IncomingMessage,
  method: string,
  events: WireEvents,
  end: (tell: () => void) => void,
): void {
  const status = answer.statusCode!;
  const headers = answer.headers as AnswerHeaders;
  const { 'content-length': length } = headers;
  const isEmpty = method === 'HEAD' || status === 204 || status === 304;
  const known = isEmpty ? 0 : length === undefined ? undefined : Number(length);
  events.onHead({ status, headers, length: known, isKept: true });
  const fail = (error: Error): void => end(() => events.onFailure(error));
  answer.on('data', (piece: Buffer) => void events.onPiece(piece));
  answer.on('error', fail);
  answer.once('close', () => fail(new Error('the server closed the connection')));
  answer.once('end', () => {
    if (answer.complete) end(() => events.onEnd());
  });
}

/**
 * Frees pieces that have a memory of their own. Until V8 collects them, pieces of 64 KiB add up to many megabytes, and collecting them
 * takes a fifth of the processor time of a transfer.
 */
function giveBack(pieces: readonly Buffer[]): void {
  for (const { buffer, byteLength } of pieces)
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
