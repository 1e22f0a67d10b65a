// The server of the page: on this machine only, for who has the token. It reads; all it can start and stop is a run.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { errno, PipeError } from '../base/problem.ts';
import type { OverlayFlags } from '../session/load.ts';
import type { LiveMessage } from './contract.ts';
import { openLiveProject, type LiveProject } from './live-project.ts';
import { pageBundle, plotsScript } from './page-bundle.ts';
import { htmlOf } from './page-html.ts';
import { refusalOf } from './requests.ts';
import { pageRuns, type PageRuns } from './runs-from-page.ts';

export interface PageServer {
  readonly port: number;
  /** With the token in its fragment, which is never sent. */
  readonly url: string;
  close(): Promise<void>;
}

/** A request to run names stages. */
const LONGEST_BODY = 1 << 20;
/** A connection that says nothing is closed by what is between. */
const HEARTBEAT_MS = 25_000;

/** @param port 0 for any. @throws PipeError for a pipeline that cannot be loaded, or a port that is taken. */
export async function openPageServer(port: number, flags: OverlayFlags): Promise<PageServer> {
  const project = await openLiveProject(flags);
  const token = randomBytes(24).toString('base64url');
  const bundle = pageBundle();
  const build = createHash('sha256').update(bundle.script).update(bundle.style).digest('hex').slice(0, 16);
  const drawing = plotsScript();
  const html = htmlOf(
    'pipe',
    { ...bundle, later: drawing },
    `<script type="text/plain" id="build">${build}</script>\n`,
    "'self'",
  );
  const said = new Set<(message: LiveMessage) => void>();
  const runs = pageRuns(project.state, flags, (text) =>
    said.forEach((say) => say({ type: 'problem', text })),
  );
  const server = createServer((request, response) => {
    answer(request, response, { project, runs, token, html, drawing, build, said }).catch(
      (error: unknown) => {
        if (!(error instanceof PipeError)) throw error;
        send(response, 404, error.message);
      },
    );
  });
  await listening(server, port);
  const actual = (server.address() as AddressInfo).port;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}/#token=${token}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await project.close();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        errno(error) === 'EADDRINUSE' || errno(error) === 'EACCES'
          ? new PipeError({
              code: 'port-taken',
              title: `port ${port} cannot be used: ${errno(error) === 'EACCES' ? 'it needs more rights' : 'another program has it'}`,
              hint: 'name another with --port, or leave it out',
            })
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Parts {
  readonly project: LiveProject;
  readonly runs: PageRuns;
  readonly token: string;
  readonly html: string;
  /** The script that draws plots. */
  readonly drawing: string;
  readonly build: string;
  readonly said: Set<(message: LiveMessage) => void>;
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { project, runs, token, html, drawing } = parts;
  const { method = '', url = '', headers, socket } = request;
  const [path = '', query = ''] = url.split('?', 2);
  const refusal = refusalOf({ method, path, headers }, socket.localPort ?? 0, token);
  if (refusal) return send(response, refusal.status, refusal.text);
  const asked = new URLSearchParams(query);
  const named = (name: string): string => asked.get(name) ?? '';
  switch (path) {
    case '/':
      return send(response, 200, html, 'text/html; charset=utf-8');
    case '/api/view':
      return json(response, project.first());
    case '/api/events':
      return stream(request, response, parts);
    case '/api/detail':
      return json(response, await project.detail(named('stage')));
    case '/api/tables':
      return json(response, await project.tables());
    case '/api/sizes':
      return json(response, await project.sizes());
    case '/api/plots':
      return json(response, await project.plots(asked.getAll('rev')));
    case '/api/revisions':
      return json(response, project.revisions());
    case '/api/drawing':
      return json(response, drawing);
    case '/api/garbage':
      return json(response, await project.garbage(named('workspace') === '1'));
    case '/api/remotes':
      return json(response, await project.remotes());
    case '/api/log':
      return json(response, project.log(named('stage'), Math.max(0, Math.trunc(Number(named('from')) || 0))));
    case '/api/run':
      return json(response, project.pastRun(named('run')));
    case '/api/start': {
      const body = await bodyOf(request);
      return body
        ? json(response, { refused: runs.start(body.targets, body.force) })
        : send(response, 403, 'not JSON');
    }
    case '/api/stop':
      return json(response, { refused: runs.stop() });
    default:
      return send(response, 404, 'there is nothing of this name');
  }
}

function stream(request: IncomingMessage, response: ServerResponse, { project, build, said }: Parts): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  const say = (message: LiveMessage): void => void response.write(`data: ${JSON.stringify(message)}\n\n`);
  say({ type: 'hello', build });
  project.first().forEach(say);
  const leave = project.listen(say);
  said.add(say);
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS).unref();
  request.on('close', () => {
    clearInterval(heartbeat);
    said.delete(say);
    leave();
  });
}

async function bodyOf(request: IncomingMessage): Promise<{ targets: string[]; force: boolean } | undefined> {
  if (Number(request.headers['content-length'] ?? Infinity) > LONGEST_BODY) return undefined;
  try {
    const { targets, force } = JSON.parse(await textOf(request)) as { targets?: unknown; force?: unknown };
    if (!Array.isArray(targets) || !targets.every((one) => typeof one === 'string')) return undefined;
    return { targets, force: force === true };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

const json = (response: ServerResponse, value: unknown): void =>
  send(response, 200, JSON.stringify(value ?? null), 'application/json');

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type });
  response.end(text);
}
