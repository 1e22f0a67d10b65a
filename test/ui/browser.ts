// Enough of a browser for the script of an exported page: elements, events of the address, no layout. What it draws comes out as text.
import { createContext, runInContext } from 'node:vm';
import { setTimeout as soon } from 'node:timers/promises';

/** A page that is open. */
export interface OpenPage {
  /** @param address such as `#/graph?at=a`. @returns the main part of what is drawn there. */
  show(address: string): Promise<string>;
  /** All of it. */
  whole(): Promise<string>;
  /** As it is printed. */
  print(): Promise<string>;
  title(): string;
  address(): string;
  /**
   * Does something to the first element that listens to it and has this name: its label, its title or its text.
   * @param value of a field. @returns the address afterwards.
   */
  act(event: string, name: string, value?: Readonly<Record<string, unknown>>): Promise<string>;
  /** A key that no field has. @returns the address afterwards. */
  press(key: string): Promise<string>;
}

type Listener = (event: object) => void;

class FakeNode {
  parentNode: FakeNode | null = null;
  childNodes: FakeNode[] = [];
  readonly nodeType: number;
  readonly ownerDocument: object;
  #data = '';
  constructor(nodeType: number, ownerDocument: object) {
    this.nodeType = nodeType;
    this.ownerDocument = ownerDocument;
  }
  get data(): string {
    return this.#data;
  }
  /** Numbers, too. */
  set data(value: unknown) {
    this.#data = String(value);
  }
  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }
  get nextSibling(): FakeNode | null {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }
  get textContent(): string {
    return this.nodeType === 3 ? this.data : this.childNodes.map((child) => child.textContent).join('');
  }
  insertBefore(child: FakeNode, before: FakeNode | null): FakeNode {
    child.remove();
    const at = before === null ? -1 : this.childNodes.indexOf(before);
    this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, child);
    child.parentNode = this;
    return child;
  }
  appendChild(child: FakeNode): FakeNode {
    return this.insertBefore(child, null);
  }
  removeChild(child: FakeNode): FakeNode {
    this.childNodes = this.childNodes.filter((one) => one !== child);
    child.parentNode = null;
    return child;
  }
  remove(): void {
    this.parentNode?.removeChild(this);
  }
  contains(other: FakeNode | null): boolean {
    return other !== null && (other === this || this.contains(other.parentNode));
  }
}

/** Without the properties of real ones, so that all that is set becomes an attribute. */
class FakeElement extends FakeNode {
  override set textContent(text: string) {
    this.childNodes = [Object.assign(new FakeNode(3, this.ownerDocument), { data: text })];
  }
  override get textContent(): string {
    return super.textContent;
  }
  readonly localName: string;
  readonly attributes = new Map<string, string>();
  readonly style = fakeStyle();
  readonly dataset: Record<string, string> = {};
  readonly listeners = new Map<string, Listener>();
  constructor(localName: string, ownerDocument: object) {
    super(1, ownerDocument);
    this.localName = localName;
  }
  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value));
  }
  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
  addEventListener(name: string, listener: Listener): void {
    this.listeners.set(name, listener);
  }
  removeEventListener(name: string): void {
    this.listeners.delete(name);
  }
  getBoundingClientRect(): object {
    return { left: 0, top: 0, width: 900, height: 600 };
  }
  querySelector(): null {
    return null;
  }
  scrollIntoView(): void {}
  focus(): void {}
}

/** What somebody types into. */
class FakeField extends FakeElement {}

function fakeStyle(): Record<string, unknown> {
  const style: Record<string, unknown> = {};
  Object.defineProperty(style, 'setProperty', {
    value: (name: string, value: unknown) => (style[name] = value),
  });
  return style;
}

/** As far as pages use it. */
interface Plot {
  readonly name: string;
  readonly spec?: object;
  readonly images?: readonly { readonly revision: string; readonly source: string }[];
  readonly problems: readonly string[];
}

/** In place of what draws plots: what it is given. */
const plotTexts = (plots: readonly Plot[]): string =>
  plots
    .map(({ name, spec, images = [], problems }) => {
      const rows = [...(JSON.stringify(spec) ?? '').matchAll(/"rev":"([^"]*)"/g)].map(([, rev]) => rev!);
      const counts = Array.from(
        Map.groupBy(rows, (rev) => rev),
        ([rev, list]) => `${list.length} rows of ${rev}`,
      );
      return [name, ...counts, ...images.map(({ revision }) => `an image of ${revision}`), ...problems].join(
        '\n  ',
      );
    })
    .join('\n');

/** What a page of a server has besides. */
export interface Surroundings {
  /** Its address begins with it. */
  readonly hash: string;
  /** By name, in place of those of a file. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Called once with what makes events. */
  readonly opened: (dispatch: (name: string, event: object) => void) => void;
  readonly reload: () => void;
}

/** @param html of `exportedHtml`. @param now milliseconds. */
export async function openPage(html: string, now: number, around?: Surroundings): Promise<OpenPage> {
  const listeners = new Map<string, Set<Listener>>();
  const target = {
    addEventListener: (name: string, listener: Listener) =>
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
    removeEventListener: (name: string, listener: Listener) => listeners.get(name)?.delete(listener),
  };
  const dispatch = (name: string, event: object = {}): void =>
    listeners.get(name)?.forEach((listener) => listener(event));
  const scripts = new Map(
    [...html.matchAll(/<script type="[^"]*" id="(\w+)">(.*?)<\/script>/gs)].map(([, id, text]) => [
      id!,
      text!,
    ]),
  );
  const printing = new Set<() => void>();
  const media = {
    matches: false,
    addEventListener: (_: string, listener: () => void) => printing.add(listener),
    removeEventListener: (_: string, listener: () => void) => printing.delete(listener),
  };
  const document: Record<string, unknown> = { ...target, title: '', hidden: false, activeElement: null };
  const make = (name: string): FakeElement => new FakeElement(name, document);
  const [app, body] = [make('div'), make('body')];
  Object.assign(document, {
    body,
    nodeType: 9,
    createElement: make,
    createElementNS: (_: string, name: string) => make(name),
    createTextNode: (data: unknown) => Object.assign(new FakeNode(3, document), { data }),
    querySelector: (selector: string) => (selector === '#app' ? app : null),
    querySelectorAll: () => [],
    getElementById: (id: string) => (scripts.has(id) ? { textContent: scripts.get(id) } : null),
  });
  document['head'] = { append: () => {} };
  const showPlots = (main: FakeElement, plots: readonly Plot[]): (() => void) => {
    const text = main.appendChild(Object.assign(new FakeNode(3, document), { data: plotTexts(plots) }));
    return () => text.remove();
  };
  const location = { hash: around?.hash ?? '', pathname: '/', reload: () => around?.reload() };
  /** Parts of the page that are being unpacked. */
  let unpacking = 0;
  const context = createContext({
    ...target,
    document,
    location,
    history: {
      replaceState: (_: null, __: string, next: string) => (location.hash = next.replace(/^\//, '')),
    },
    dispatchEvent: ({ type }: { type: string }) => dispatch(type),
    HashChangeEvent: class {
      readonly type: string;
      constructor(type: string) {
        this.type = type;
      }
    },
    pipePlots: { showPlots },
    localStorage: { getItem: () => null },
    matchMedia: () => media,
    ResizeObserver: class {
      observe(): void {}
      disconnect(): void {}
    },
    requestAnimationFrame: (call: () => void) => setImmediate(call),
    cancelAnimationFrame: clearImmediate,
    devicePixelRatio: 1,
    setInterval: (call: () => void, every: number) => setInterval(call, every).unref(),
    Element: FakeElement,
    HTMLInputElement: FakeField,
    HTMLSelectElement: FakeField,
    HTMLTextAreaElement: FakeField,
    setTimeout,
    clearTimeout,
    clearInterval,
    performance,
    URLSearchParams,
    TextDecoder,
    Response: class {
      readonly #real: Response;
      constructor(body: ReadableStream) {
        this.#real = new Response(body);
      }
      async text(): Promise<string> {
        unpacking += 1;
        try {
          return await this.#real.text();
        } finally {
          unpacking -= 1;
        }
      }
    },
    atob,
    Blob,
    DecompressionStream,
    queueMicrotask,
    ...around?.globals,
  });
  around?.opened(dispatch);
  // Times as they are in UTC.
  const clock = `Date.now = () => ${now};
    for (const name of ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds'])
      Date.prototype['get' + name] = Date.prototype['getUTC' + name];`;
  runInContext(clock, context);
  runInContext(/<script>(.*?)<\/script>\s*<\/body>/s.exec(html)![1]!, context);
  /** Of an element, once effects and what they load change nothing any more. */
  const drawn = async (find: () => FakeElement): Promise<string> => {
    for (let before = ''; ;) {
      for (let turn = 0; turn < 8; turn += 1) await soon(1);
      const text = find()
        .childNodes.map((child) => textOf(child, ''))
        .join('');
      if (text === before && unpacking === 0) return text;
      before = text;
    }
  };
  const settled = async (): Promise<string> => {
    dispatch('hashchange');
    await drawn(() => app);
    return location.hash;
  };
  const part = (isIt: (element: FakeElement) => boolean): FakeElement =>
    app.childNodes.find((one): one is FakeElement => one instanceof FakeElement && isIt(one))!;
  return {
    show(address) {
      location.hash = address;
      dispatch('hashchange');
      return drawn(() => part(({ localName }) => localName === 'main'));
    },
    whole: () => drawn(() => app),
    async print() {
      media.matches = true;
      for (const listener of printing) listener();
      await soon(1);
      return drawn(() => part(({ attributes }) => attributes.get('class') === 'paper'));
    },
    title: () => document['title'] as string,
    address: () => location.hash,
    async act(event, name, value) {
      const found = elementsIn(app).flatMap((element) =>
        namesOf(element).includes(name)
          ? [...element.listeners].flatMap(([type, listener]) =>
              type.toLowerCase() === event ? [{ element, type, listener }] : [],
            )
          : [],
      )[0];
      if (!found) throw new Error(`nothing that is called ${name} listens to ${event}`);
      const { element, type, listener } = found;
      listener.call(element, { type, currentTarget: value, preventDefault: () => {}, ...value });
      return settled();
    },
    press(key) {
      dispatch('keydown', { key, target: body, preventDefault: () => {} });
      return settled();
    },
  };
}

const childrenOf = (node: FakeNode): FakeElement[] =>
  node.childNodes.filter((child) => child instanceof FakeElement);

const elementsIn = (node: FakeNode): FakeElement[] =>
  childrenOf(node).flatMap((child) => [child, ...elementsIn(child)]);

/** What somebody would call it, also with what a part around it is called. */
function namesOf(element: FakeElement): string[] {
  const label = element.parentNode as FakeElement;
  const own = [
    element.getAttribute('aria-label') ?? '',
    element.getAttribute('title') ?? '',
    element.textContent,
    textOfFirst(element, 'title').split('\n')[0]!,
    label.localName === 'label' ? ownText(label) : '',
  ].map((name) => name.trim());
  const around: string[] = [];
  for (let part = label; part instanceof FakeElement; part = part.parentNode as FakeElement)
    around.push(part.getAttribute('aria-label') ?? textOfFirst(part, 'legend'));
  return own.flatMap((name) => [name, ...around.map((part) => `${part}: ${name}`)]);
}

const ownText = ({ childNodes }: FakeElement): string =>
  childNodes.map((child) => (child instanceof FakeElement ? '' : child.textContent)).join('');

const textOfFirst = (element: FakeElement, name: string): string =>
  childrenOf(element).find(({ localName }) => localName === name)?.textContent ?? '';

/** Characters of a line. */
const WIDTH = 150;

/** An element on one line where there is room, else its children below it. */
function textOf(node: FakeNode, margin: string): string {
  const flat = flatText(node);
  if (margin.length + flat.length <= WIDTH || !(node instanceof FakeElement) || node.childNodes.length === 0)
    return flat === '' ? '' : `${margin}${flat.replaceAll('\n', `\n${margin}`)}\n`;
  return `${margin}${tagOf(node)}\n${node.childNodes.map((child) => textOf(child, `${margin}  `)).join('')}`;
}

function flatText(node: FakeNode): string {
  // Beside a class, which says the same.
  if (node instanceof FakeElement && node.attributes.get('class') === 'sign') return '';
  if (!(node instanceof FakeElement)) return node.data.replaceAll('<', '&lt;');
  return `${tagOf(node)}${node.childNodes.map(flatText).join('')}${node.childNodes.length > 0 ? `</${node.localName}>` : ''}`;
}

function tagOf({ localName, attributes, style }: FakeElement): string {
  const styles = Object.entries(style).map(([name, value]) => `${name}: ${String(value)}`);
  const all = [...attributes, ...(styles.length > 0 ? [['style', styles.join('; ')] as const] : [])];
  return `<${[localName, ...all.map(([name, value]) => `${name}="${value.replaceAll('"', '&quot;')}"`)].join(' ')}>`;
}
