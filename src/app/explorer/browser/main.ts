import { graphql } from 'cm6-graphql';
import { type GraphQLSchema, parse, print } from 'graphql';
import { askFor, askForSchema, operationNameAt } from './ask.js';
import { createEditor, createViewer, jsonEditing } from './editors.js';
import { byId, element } from './element.js';
import { Operations } from './operations.js';
import { type PageData, type ReadyOperation } from './page-data.js';
import { SchemaPanel } from './schema-panel.js';

const data = JSON.parse(byId('data').textContent) as PageData;
const nonce = document.querySelector('script[nonce]') as HTMLScriptElement;
const outcome = byId('outcome');
const signer = byId('signer') as HTMLSelectElement;

const CHOSEN = 'kaquan-explorer-signer';

const parts = { nonce: nonce.nonce, onRun: () => void run() };
const query = createEditor(byId('query'), {
  ...parts,
  label: 'Operation',
  language: graphql(),
  onChange: (text) => change({ query: text }),
});
const variables = createEditor(byId('variables'), {
  ...parts,
  label: 'Variables',
  language: jsonEditing,
  onChange: (text) => change({ variables: text }),
});
const headers = createEditor(byId('headers'), { ...parts, label: 'Headers', language: jsonEditing });
const answer = createViewer(byId('answer'), 'Answer', parts.nonce);
const panel = new SchemaPanel();

chooseSigner();
const operations = new Operations(byId('operations'), data.operations, variablesOf, showOperation);
showOperation();
void loadSchema();

byId('run').addEventListener('click', () => void run());
byId('prettify').addEventListener('click', prettify);
byId('restore').addEventListener('click', () => operations.restore());
byId('remove').addEventListener('click', () => operations.remove());

function change(draft: { query: string } | { variables: string }): void {
  operations.change(draft);
  showChanged();
}

function showOperation(): void {
  query.show(operations.draft.query);
  variables.show(operations.draft.variables);
  showChanged();
}

function showChanged(): void {
  byId('restore').hidden = operations.isOwn || !operations.isChanged;
  byId('remove').hidden = !operations.isOwn;
}

function variablesOf({ variables: ready = {} }: ReadyOperation): string {
  const somebody = chosen()?.personId ?? data.signers[0]?.personId ?? '';
  return JSON.stringify(ready, null, 2).replaceAll(JSON.stringify(data.somebody), JSON.stringify(somebody));
}

function chosen() {
  return data.signers[signer.selectedIndex - 1];
}

/** Fills the list of those as whom to ask. The choice lasts as long as the tab; the tokens come with each page. */
function chooseSigner(): void {
  headers.show('{}');
  if (data.signers.length === 0) return;
  byId('signing').hidden = false;
  signer.append(
    ...[data.withoutToken, ...data.signers.map(({ label }) => label)].map((text) => element('option', {}, text)),
  );
  const kept = sessionStorage.getItem(CHOSEN);
  signer.selectedIndex = 1 + data.signers.findIndex(({ personId, label }) => (personId ?? label) === kept);
  authorize();
  signer.addEventListener('change', () => {
    const { personId, label = '' } = chosen() ?? {};
    sessionStorage.setItem(CHOSEN, personId ?? label);
    authorize();
    operations.refresh();
  });
}

/** Puts the chosen one's token into the headers, beside whatever else is there. */
function authorize(): void {
  const others = Object.entries(headersNow() ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization');
  const token = chosen()?.token;
  const all = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...Object.fromEntries(others) };
  headers.show(JSON.stringify(all, null, 2));
}

function headersNow(): Record<string, string> | undefined {
  return objectIn(headers.text()) as Record<string, string> | undefined;
}

/** Undefined where the text is no object in JSON. */
function objectIn(text: string): object | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

let running: AbortController | undefined;

async function run(): Promise<void> {
  const given = { variables: objectIn(variables.text()), headers: headersNow() };
  if (!given.variables || !given.headers) {
    outcome.textContent = `The ${given.variables ? 'headers' : 'variables'} are no object in JSON`;
    return;
  }
  running?.abort();
  const current = (running = new AbortController());
  outcome.textContent = 'asking …';
  const text = query.text();
  const operationName = operationNameAt(text, query.view.state.selection.main.head);
  try {
    const question = { query: text, variables: given.variables, operationName };
    const answered = await askFor(question, given.headers, current.signal);
    answer.show(answered.text);
    outcome.textContent = answered.outcome;
  } catch {
    // Whoever asks again does not wait for the answer before.
    if (!current.signal.aborted) outcome.textContent = 'The server does not answer';
  }
}

function prettify(): void {
  const object = objectIn(variables.text());
  if (object) variables.view.dispatch(replaced(variables.text(), JSON.stringify(object, null, 2)));
  const text = query.text();
  // Printing would drop the comments.
  if (text.includes('#')) return;
  try {
    query.view.dispatch(replaced(text, `${print(parse(text))}\n`));
  } catch {
    outcome.textContent = 'The operation has a mistake';
  }
}

const replaced = (before: string, insert: string) => ({ changes: { from: 0, to: before.length, insert } });

async function loadSchema(): Promise<void> {
  let schema: GraphQLSchema | undefined;
  try {
    schema = await askForSchema(headersNow() ?? {});
  } catch {
    // Told below, like a schema that is not told.
  }
  if (!schema) {
    panel.tell('The server does not tell its schema (INTROSPECTION=false, or TRUSTED_DOCUMENTS).');
    return;
  }
  panel.show(schema);
  const onShowInDocs = (field?: string, type?: string, parentType?: string) => {
    const typeName = (parentType ?? type ?? '').replaceAll(/[[\]!]/g, '');
    panel.showNamed(typeName, field);
  };
  query.setLanguage(graphql(schema, { onShowInDocs }));
}
