// The script of the page: takes its data from the file that it is in, and draws.
import { render } from 'preact';
import type { PageDocument } from '../contract.ts';
import { App } from './app.tsx';
import { firstMessages, listen, liveSource, Refused, takeToken } from './live-source.ts';
import { fileSource } from './source.ts';
import { openStore, take } from './store.ts';

const textOf = (id: string): string | undefined => document.getElementById(id)?.textContent;

async function openFile(view: string, details: string): Promise<void> {
  const page: PageDocument = {
    view: JSON.parse(view) as PageDocument['view'],
    details: JSON.parse(await unpacked(details)) as PageDocument['details'],
  };
  openStore(page.view, fileSource(page));
  render(<App />, document.querySelector('#app')!);
  document.body.dataset['ready'] = 'yes';
}

/** Details are most of the file, and a fifth as large when they are compressed. */
function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

async function openServer(): Promise<void> {
  takeToken();
  const root = document.querySelector('#app')!;
  try {
    const messages = await firstMessages();
    const first = messages.find((message) => message.type === 'view')!;
    openStore(first.view, liveSource);
    messages.forEach(take);
    render(<App />, root);
    document.body.dataset['ready'] = 'yes';
    listen(take);
  } catch (error) {
    const text =
      error instanceof Refused
        ? 'This page needs the token: open the address that `pipe ui` printed.'
        : `The server does not answer: ${String(error)}`;
    render(<p class="page">{text}</p>, root);
  }
}

const [view, details] = [textOf('view'), textOf('details')];
if (view !== undefined && details !== undefined) void openFile(view, details);
else void openServer();
