// Makes the pictures of README.md and docs/: the report and the drawing page of the quick start, the page of `pipe ui` for it, and a
// terminal with the project of docs/getting-started.md. Needs Debian's `chromium`, python3, git, and the network for scikit-learn.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { blocksOf, readPage } from '../test/docs/page.ts';
import { venv } from '../test/real/python.ts';
import { terminalHtml } from './terminal-html.ts';

const root = dirname(import.meta.dirname);
const images = join(root, 'docs/images');

execFileSync('npm', ['start'], { cwd: root, stdio: 'inherit' });
const report = join(root, 'Data/quickstart/report');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await picture(pathToFileURL(join(report, 'report.html')).href, { width: 1100, height: 1500 }, 'report.png');
  await picture(
    pathToFileURL(join(report, 'draw.html')).href,
    { width: 1000, height: 760 },
    'draw.png',
    async (page) => {
      await drawThree(page);
      await page
        .getByText(/^read as \d · MSE/)
        .last()
        .waitFor();
    },
  );
  await pageOfPipeline();
  await terminal('terminal.png');
} finally {
  await browser.close();
}

/** The graph and the latest run. */
async function pageOfPipeline(): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'pipe-picture-')), 'page.html');
  const quickStart = ['--params', 'Data/autoencoder/params/quickstart_params.yaml'];
  const args = ['ui', 'export', '-q', ...quickStart, '--lock', 'cache/quickstart.lock', '--out', file];
  execFileSync(process.execPath, [join(root, 'bin/pipe.js'), ...args], { cwd: root, stdio: 'inherit' });
  const viewport = { width: 1280, height: 740 };
  const ready = (page: Page): Promise<void> => page.locator('body[data-ready] main svg').first().waitFor();
  await picture(`${pathToFileURL(file).href}#/graph`, viewport, 'page-graph.png', ready);
  await picture(`${pathToFileURL(file).href}#/timeline`, viewport, 'page-timeline.png', ready);
  rmSync(dirname(file), { recursive: true });
}

async function picture(
  url: string,
  viewport: { readonly width: number; readonly height: number },
  name: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport });
  await page.goto(url);
  await prepare?.(page);
  await page.screenshot({ path: join(images, name) });
  await page.close();
}

/** With the pointer, on the canvas at the left. */
async function drawThree(page: Page): Promise<void> {
  const canvas = (await page.locator('canvas').first().boundingBox())!;
  const points = [
    [0.3, 0.24],
    [0.42, 0.16],
    [0.58, 0.17],
    [0.68, 0.28],
    [0.62, 0.42],
    [0.48, 0.49],
    [0.64, 0.54],
    [0.7, 0.67],
    [0.63, 0.8],
    [0.46, 0.86],
    [0.28, 0.78],
  ] as const;
  const at = ([x, y]: (typeof points)[number]): [number, number] => [
    canvas.x + x * canvas.width,
    canvas.y + y * canvas.height,
  ];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 6 });
  await page.mouse.up();
}

/** The first project, with a parameter that changed. */
async function terminal(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-picture-'));
  try {
    symlinkSync(join(root, 'bin/pipe.js'), join(folder, 'pipe'));
    const programs = [folder, venv('scikit-learn', ['scikit-learn']), dirname(process.execPath)];
    const env = {
      ...process.env,
      PATH: [...programs, process.env['PATH']].join(delimiter),
      FORCE_COLOR: '1',
      CI: undefined,
    };
    const shell = (script: string): string =>
      execFileSync('sh', ['-ec', script], { cwd: folder, env, encoding: 'utf8' });
    const files = blocksOf(readPage('docs/getting-started.md')).filter(({ text }) =>
      text.includes("<<'EOF'"),
    );
    for (const { text } of files.filter((block) => !block.text.includes('cat >>'))) shell(text);
    shell('pipe repro -q');
    shell(`printf '%s\\n' 'prepare: {test_size: 0.25, seed: 0}' 'train: {C: 10}' > params.yaml`);
    const commands = ['pipe status', 'pipe why train', 'pipe repro', 'cat report.md'];
    const shown = commands.map((command) => ({ command, output: shell(command) }));
    const page = await browser.newPage({ viewport: { width: 800, height: 100 }, deviceScaleFactor: 2 });
    await page.setContent(terminalHtml(shown));
    await page.locator('main').screenshot({ path: join(images, name) });
    await page.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
