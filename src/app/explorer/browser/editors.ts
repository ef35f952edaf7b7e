import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, tooltips } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colours come from the style sheet, which has a set for light and one for dark. */
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword], color: 'var(--keyword)' },
  { tag: [tags.propertyName, tags.definition(tags.variableName)], color: 'var(--name)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--number)' },
  { tag: [tags.typeName, tags.className], color: 'var(--type)' },
  { tag: [tags.variableName, tags.special(tags.name), tags.modifier], color: 'var(--variable)' },
  { tag: [tags.comment, tags.punctuation, tags.bracket], color: 'var(--quiet)' },
]);

interface EditorParts {
  label: string;
  /** Lets the editor's own styles through the page's policy. */
  nonce: string;
  language: Extension;
  onRun: () => void;
  onChange?: (text: string) => void;
}

export interface Editor {
  view: EditorView;
  text(): string;
  /** Shows another text, which can not be undone back into the one before. */
  show(text: string): void;
  setLanguage(language: Extension): void;
}

/** Tab leaves the editor, as it does everything else on the page; Ctrl-Enter runs. */
export function createEditor(parent: HTMLElement, { label, nonce, language, onRun, onChange }: EditorParts): Editor {
  const run = () => {
    onRun();
    return true;
  };
  const extensions: Extension[] = [
    ...basics(label, nonce),
    history(),
    closeBrackets(),
    autocompletion(),
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) onChange?.(state.doc.toString());
    }),
  ];
  return editorOf(parent, extensions, language);
}

export const jsonEditing: Extension = [
  json(),
  linter((view) => (view.state.doc.length > 0 ? jsonParseLinter()(view) : [])),
];

/** Shows answers; can be read and folded by keyboard, too. */
export function createViewer(parent: HTMLElement, label: string, nonce: string): Editor {
  const extensions = [...basics(label, nonce), EditorState.readOnly.of(true), EditorView.lineWrapping];
  return editorOf(parent, extensions, json());
}

function basics(label: string, nonce: string): Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    bracketMatching(),
    syntaxHighlighting(highlight),
    tooltips({ parent: document.body }),
    EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    keymap.of([...defaultKeymap, ...foldKeymap]),
  ];
}

function editorOf(parent: HTMLElement, extensions: Extension[], language: Extension): Editor {
  const spoken = new Compartment();
  let current = language;
  const stateOf = (doc: string) => EditorState.create({ doc, extensions: [spoken.of(current), ...extensions] });
  const view = new EditorView({ parent, state: stateOf('') });
  return {
    view,
    text: () => view.state.doc.toString(),
    show: (doc) => {
      if (doc !== view.state.doc.toString()) view.setState(stateOf(doc));
    },
    setLanguage: (next) => {
      current = next;
      view.dispatch({ effects: spoken.reconfigure(next) });
    },
  };
}
