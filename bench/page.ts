// The page: how soon it is ready, how large it is, what an idle server takes. Needs Chromium.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { chromium, type Browser, type BrowserContext, type CDPSession } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const pipe = join(import.meta.dirname, '../bin/pipe.js');

/** @param home a folder for workspaces. @returns lines of Markdown. */
export async function page(home: string, rounds: number): Promise<string[]> {
  if (!existsSync(CHROMIUM)) return ['The page is not measured: there is no Chromium.'];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const lines = ['| page of | ready | of it on the processor | size |', '|---|---|---|---|'];
    for (const stages of [120, 1000, 5000]) {
      const folder = workspace(join(home, `page-${stages}`), stages);
      mustRun(folder, 'ui', 'export');
      const file = join(folder, 'pipeline.html');
      for (const [name, hash] of [
        ['folded', '#/graph'],
        ['every stage shown', '#/graph?all=1'],
      ] as const) {
        const times: { wall: number; cpu: number }[] = [];
        for (let round = 0; round < rounds; round += 1) times.push(await readyTime(browser, file, hash));
        const middle = (part: 'wall' | 'cpu'): string =>
          `${Math.round(times.map((time) => time[part]).sort((a, b) => a - b)[rounds >> 1]!)} ms`;
        const size = `${Math.round(statSync(file).size / 1000)} kB`;
        lines.push(`| ${stages} stages, ${name} | ${middle('wall')} | ${middle('cpu')} | ${size} |`);
      }
    }
    const bytes = ['ui.js.br', 'ui.css.br', 'plots.js.br'].map(
      (name) => statSync(join(import.meta.dirname, '../dist/packages', name)).size,
    );
    const installed = bytes.reduce((sum, size) => sum + size, 0);
    lines.push(
      '',
      `Installed: ${Math.round(installed / 1000)} kB, of which ${Math.round(bytes[2]! / 1000)} kB draw plots.`,
    );
    return [...lines, ...(await idleCost(browser, home)), ...(await runCost(browser, home, rounds))];
  } finally {
    await browser.close();
  }
}

/** Milliseconds from the start of the navigation until the view is drawn; and of the processor, on the page's thread. */
async function readyTime(
  browser: Browser,
  file: string,
  hash: string,
): Promise<{ wall: number; cpu: number }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const opened = await context.newPage();
    const session = await context.newCDPSession(opened);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await opened.goto(`file://${file}${hash}`);
    await opened.waitForSelector('body[data-ready]');
    const wall = await opened.evaluate<number>(
      'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))',
    );
    const { metrics } = await session.send('Performance.getMetrics');
    return { wall, cpu: 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value };
  } finally {
    await context.close();
  }
}

/** What a server takes while nothing happens. */
async function idleCost(browser: Browser, home: string): Promise<string[]> {
  const folder = workspace(join(home, 'page-idle'), 120);
  const { server, context } = await openServed(browser, folder);
  try {
    await quiet(server);
    const before = cpuOf(server);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const idle = cpuOf(server) - before;
    await context.close();
    return ['', `An idle server with a page open took ${idle.toFixed(1)} ms of the processor in 5 s.`];
  } finally {
    server.kill();
  }
}

/** What a server and its page take during a run of 60 stages that each work for a while. */
async function runCost(browser: Browser, home: string, rounds: number): Promise<string[]> {
  const folder = workspace(join(home, 'page-run'), 62, 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; ');
  const costs: { alone: number; run: number; server: number; browser: number }[] = [];
  const session = await browser.newBrowserCDPSession();
  for (let round = 0; round < rounds; round += 1) {
    const alone = await runOnce(folder);
    const { server, context } = await openServed(browser, folder);
    await quiet(server);
    const before = [cpuOf(server), await cpuOfBrowser(session)] as const;
    const run = await runOnce(folder);
    await quiet(server);
    costs.push({
      alone,
      run,
      server: cpuOf(server) - before[0],
      browser: (await cpuOfBrowser(session)) - before[1],
    });
    await context.close();
    server.kill();
  }
  const of = (part: keyof (typeof costs)[number]): number =>
    costs.map((cost) => cost[part]).sort((a, b) => a - b)[rounds >> 1]!;
  const share = (part: 'server' | 'browser'): string => `${((100 * of(part)) / of('alone')).toFixed(1)} %`;
  return [
    '',
    `A run of ${Math.round(of('alone'))} ms of the processor took ${Math.round(of('run'))} ms with a page open; the server took ${Math.round(of('server'))} ms more (${share('server')}), the browser ${Math.round(of('browser'))} ms (${share('browser')}), which draws without a graphics card.`,
  ];
}

/** Milliseconds on processors of a run and everything that it starts. */
async function runOnce(folder: string): Promise<number> {
  const timed = '$p = fork(); exec @ARGV unless $p; waitpid($p, 0); @t = times; print 1000 * ($t[2] + $t[3])';
  const child = spawn('/usr/bin/perl', ['-e', timed, process.execPath, pipe, 'repro', '-q', '-f', '-j2'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(await text(child.stdout));
}

async function cpuOfBrowser(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function openServed(
  browser: Browser,
  folder: string,
): Promise<{ server: ChildProcess; context: BrowserContext }> {
  const server = spawn(process.execPath, [pipe, 'ui'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const context = await browser.newContext();
  const opened = await context.newPage();
  await opened.goto(await addressOf(server));
  await opened.waitForSelector('body[data-ready]');
  return { server, context };
}

/** Milliseconds on a processor, of all threads, from Linux. Its other counter goes in steps of 10 ms. */
function cpuOf({ pid }: ChildProcess): number {
  const ofThread = (thread: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + ofThread(thread), 0) / 1e6;
}

/** Until it takes nothing any more: what a run leaves to do is done. */
async function quiet(server: ChildProcess): Promise<void> {
  for (let last = -1, same = 0; same < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = cpuOf(server);
    same = now === last ? same + 1 : 0;
    last = now;
  }
}

async function addressOf(server: ChildProcess): Promise<string> {
  let printed = '';
  for await (const part of server.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
    printed += part;
    const url = /^http:\S+$/m.exec(printed);
    if (url && printed.includes('Ctrl-C')) return url[0];
  }
  throw new Error('the server gave no address');
}

function workspace(folder: string, stages: number, work = ''): string {
  const items = Array.from({ length: stages - 2 }, (_, index) => index).join(', ');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `stages:
  first: {cmd: 'echo x > first', outs: [first]}
  many:
    foreach: [${items}]
    do: {cmd: '${work}cat first > o_\${item}', deps: [first], outs: ['o_\${item}']}
  last: {cmd: 'cat o_1 > last', deps: [o_1], outs: [last]}
`,
  );
  return folder;
}

function mustRun(cwd: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [pipe, ...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
