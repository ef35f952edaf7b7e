import { element } from './element.js';
import { type ReadyOperation } from './page-data.js';

/** What an editor shows of an operation. */
export interface Draft {
  query: string;
  variables: string;
}

/** An operation of the list. What the reader changed of it is kept in this browser, and can be restored. */
interface Entry {
  key: string;
  name: string;
  original: Draft;
  changed?: Partial<Draft>;
}

const STORAGE_KEY = 'kaquan-explorer';
const OWN = 'own';

interface Stored {
  current?: string;
  changed?: Record<string, Partial<Draft>>;
  /** Names of the reader's own. */
  own?: string[];
}

/** The list of operations: those that came with the page, by the part of the graph, and the reader's own. */
export class Operations {
  private readonly parts = new Map<string, Entry[]>();
  private readonly own: Entry[];
  private readonly buttons = new Map<Entry, HTMLElement>();
  private current: Entry;

  constructor(
    private readonly list: HTMLElement,
    private readonly ready: readonly ReadyOperation[],
    /** The variables of a ready operation, as they are for whoever asks now. */
    private readonly variablesOf: (operation: ReadyOperation) => string,
    private readonly onChoice: () => void,
  ) {
    const { current, changed = {}, own = [] } = read();
    for (const operation of ready) {
      const key = `${operation.part}/${operation.name}`;
      const entry = { key, name: operation.name, original: this.originalOf(operation), ...kept(changed[key]) };
      this.parts.set(operation.part, [...(this.parts.get(operation.part) ?? []), entry]);
    }
    this.own = own.map((name) => ownEntry(name, changed[`${OWN}/${name}`]));
    const entries = this.entries();
    this.current = entries.find(({ key }) => key === current) ?? entries[0] ?? this.add();
    this.draw();
  }

  get draft(): Draft {
    return { ...this.current.original, ...this.current.changed };
  }

  get isOwn(): boolean {
    return this.own.includes(this.current);
  }

  get isChanged(): boolean {
    return this.current.changed !== undefined;
  }

  change(part: Partial<Draft>): void {
    const draft = { ...this.draft, ...part };
    const { original } = this.current;
    const changed = {
      ...(draft.query !== original.query && { query: draft.query }),
      ...(draft.variables !== original.variables && { variables: draft.variables }),
    };
    if (Object.keys(changed).length > 0) this.current.changed = changed;
    else delete this.current.changed;
    this.keep();
  }

  restore(): void {
    delete this.current.changed;
    this.choose(this.current);
  }

  remove(): void {
    this.own.splice(this.own.indexOf(this.current), 1);
    this.chooseAnew(this.entries()[0] ?? this.add());
  }

  /** Somebody else asks now: what the reader has not changed is theirs. */
  refresh(): void {
    for (const operation of this.ready) {
      const entry = this.parts.get(operation.part)?.find(({ name }) => name === operation.name);
      if (entry) entry.original = this.originalOf(operation);
    }
    this.onChoice();
  }

  private originalOf(operation: ReadyOperation): Draft {
    return { query: operation.query, variables: this.variablesOf(operation) };
  }

  private entries(): Entry[] {
    return [...[...this.parts.values()].flat(), ...this.own];
  }

  private choose(entry: Entry): void {
    this.current = entry;
    this.mark();
    this.keep();
    this.onChoice();
  }

  /** After the list itself has changed. */
  private chooseAnew(entry: Entry): void {
    this.current = entry;
    this.draw();
    this.choose(entry);
    this.buttons.get(entry)?.focus();
  }

  private add(): Entry {
    const numbers = this.own.map(({ name }) => Number(/\d+$/.exec(name)?.[0]));
    const entry = ownEntry(`Operation ${Math.max(0, ...numbers) + 1}`);
    this.own.push(entry);
    return entry;
  }

  private keep(): void {
    const changed = this.entries().flatMap((entry) => (entry.changed ? [[entry.key, entry.changed]] : []));
    const stored: Stored = {
      current: this.current.key,
      changed: Object.fromEntries(changed) as Record<string, Partial<Draft>>,
      own: this.own.map(({ name }) => name),
    };
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(stored));
    } catch {
      // A browser that keeps nothing: the page works all the same.
    }
  }

  private mark(): void {
    for (const [entry, button] of this.buttons) button.setAttribute('aria-current', String(entry === this.current));
  }

  private draw(): void {
    this.buttons.clear();
    const item = (entry: Entry) => {
      const button = element('button', { click: () => this.choose(entry) }, entry.name);
      this.buttons.set(entry, button);
      return element('li', {}, button);
    };
    const heading = (name: string) => element('h2', {}, name);
    this.list.replaceChildren(
      ...[...this.parts].flatMap(([part, entries]) => [heading(part), element('ul', {}, ...entries.map(item))]),
      heading('yours'),
      element('ul', {}, ...this.own.map(item)),
      element('button', { class: 'add', click: () => this.chooseAnew(this.add()) }, '+ New operation'),
    );
    this.mark();
  }
}

const NEW: Draft = { query: 'query {\n  __typename\n}\n', variables: '{}' };

const ownEntry = (name: string, changed?: Partial<Draft>): Entry => ({
  key: `${OWN}/${name}`,
  name,
  original: NEW,
  ...kept(changed),
});

const kept = (changed: Partial<Draft> | undefined) => changed && { changed };

function read(): Stored {
  try {
    return (JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') ?? {}) as Stored;
  } catch {
    return {};
  }
}
