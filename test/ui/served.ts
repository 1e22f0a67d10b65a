// A project whose page is served, and who asks it.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openPageServer } from '../../src/ui/ui.ts';
import { makeHere, type Here } from '../cli/here.ts';
import { pipeBin } from '../workspace.ts';
import { gitIn } from '../git.ts';

export const FILES = {
  'pipeline.yaml': `vars: [params.yaml]
stages:
  make:
    matrix: {lr: [0.1, 0.2]}
    cmd: 'echo "$TOKEN is secret"; printf "10%%\\r20%%\\n"; echo "{\\"loss\\": \${item.lr}, \\"note\\": null}" > m-\${key}.json'
    env: {TOKEN: very-secret-value}
    params: [seed, other.yaml: [seed, rate]]
    metrics: ['m-\${key}.json']
  sum:
    cmd: 'printf "step,loss\\n0,\${size}\\n1,2\\n" > loss.csv; cat m-0.1.json > sum.txt'
    deps: [m-0.1.json]
    params: [size]
    outs: [sum.txt]
    plots: [loss.csv: {x: step, y: loss}]
  late: {cmd: 'echo late \${extra} > late.txt', deps: [sum.txt], outs: [late.txt]}
metrics: [given.json]
`,
  'params.yaml': 'size: 1\nextra: 2\nseed: 1\n',
  'other.yaml': 'seed: 3\nrate: 0.5\n',
  'given.json': '{"score": 5}\n',
  '.gitignore': '/cache\n/m-*\n/sum.txt\n/loss.csv\n/late.txt\n',
};

type Answer = readonly [status: number, text: string];

interface Page {
  readonly ask: (path: string, body?: object | string | ReadableStream) => Promise<Answer>;
  readonly get: (path: string) => Promise<unknown>;
  /** What an open page is sent. */
  readonly follow: () => AsyncGenerator<Message>;
  readonly port: number;
}

type Served = Here & Page;

export async function serve(t: TestContext): Promise<Served> {
  const here = makeHere(t, FILES);
  const git = gitIn(here.root);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'First');
  await here.out(0, 'repro', '-q', 'sum', 'make@0.2', '-j1');
  await here.out(0, 'remote', 'add', '-d', 'store', here.path('remote'));
  await here.out(0, 'push', '-q', 'make@0.1');
  await here.out(0, 'exp', 'run', 'large', '-S', 'size=7', '-t', 'sum', '-q');
  here.write('params.yaml', 'size: 4\nextra: "2"\nseed: 1\n');
  here.write('loss.csv', 'step,loss\n0,5\n');
  here.write('m-0.2.json', '{"loss": 9}');
  return { ...here, ...(await servePage(t, here.root, { set: ['extra=8'] })) };
}

/** The server of a project, and what can be asked of it. */
export async function servePage(
  t: TestContext,
  root: string,
  flags: Parameters<typeof openPageServer>[1],
): Promise<Page> {
  const folder = process.cwd();
  t.after(() => process.chdir(folder));
  process.chdir(root);
  // The command that runs are started with.
  process.argv[1] = pipeBin;
  const server = await openPageServer(0, flags);
  t.after(() => server.close());
  const [, token] = /#token=(.*)$/.exec(server.url)!;
  const ask: Page['ask'] = async (path, body) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && {
        method: 'POST',
        body: typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body),
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      }),
    });
    return [answer.status, await answer.text()];
  };
  const get = async (path: string): Promise<unknown> => {
    const [status, text] = await ask(path);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  };
  async function* follow(): AsyncGenerator<Message> {
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    let rest = '';
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
      const lines = `${rest}${part}`.split('\n');
      rest = lines.pop()!;
      for (const line of lines)
        if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as Message;
    }
  }
  return { ask, get, follow, port: server.port };
}

export interface Message {
  readonly type: string;
  readonly view?: {
    readonly stages: readonly Readonly<Record<string, unknown>>[];
    readonly runs: readonly Readonly<Record<string, unknown>>[];
    readonly run: readonly { readonly type: string; readonly stage?: string }[];
    readonly running: boolean;
    readonly missing_flags: readonly string[];
  };
  readonly events?: readonly { readonly type: string; readonly stage?: string }[];
  readonly text?: string;
}

export async function nextOf(page: AsyncGenerator<Message>, type: string): Promise<Message> {
  for (;;) {
    const { value } = await page.next();
    if ((value as Message).type === type) return value as Message;
  }
}
