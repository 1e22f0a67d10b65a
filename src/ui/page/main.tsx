// The script of the page: takes its data from the file that it is in, and draws.
import { render } from 'preact';
import type { PageDocument } from '../contract.ts';
import { App } from './app.tsx';
import { firstMessages, listen, liveSource, Refused, takeToken } from './live-source.ts';
import { fileSource, type FileParts, type PackedPart } from './source.ts';
import { openStore, take } from './store.ts';

const textOf = (id: string): string | undefined => document.getElementById(id)?.textContent;

function openFile(view: string): void {
  openStore(JSON.parse(view) as PageDocument['view'], fileSource(part));
  render(<App />, document.querySelector('#app')!);
  document.body.dataset['ready'] = 'yes';
}

/** A part of the document that only some views need: unpacked once, when it is first asked for. */
const parts = new Map<string, Promise<unknown>>();
function part<Name extends PackedPart>(name: Name): Promise<FileParts[Name]> {
  let found = parts.get(name);
  if (!found)
    parts.set(name, (found = unpacked(textOf(name) ?? '').then((text) => JSON.parse(text) as unknown)));
  return found as Promise<FileParts[Name]>;
}

function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

async function openServer(): Promise<void> {
  takeToken();
  // The address that another server printed, in the place of this one: only the part that makes no new page differs.
  addEventListener('hashchange', () => takeToken() && location.reload());
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

const view = textOf('view');
if (view !== undefined) openFile(view);
else void openServer();
