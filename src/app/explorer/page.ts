import { type PageData } from './browser/page-data.js';

interface PageParts {
  /** Where the page's script and style are. */
  script: string;
  style: string;
  /** New for each page: only what carries it runs. */
  nonce: string;
  /** What the script begins with. */
  data: PageData;
}

/** The page's own script and style, and its own server; nothing else, from nowhere else. */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%23b3261e'/%3E%3Ctext x='16' y='23' font-size='19' text-anchor='middle' fill='%23fff'%3E%E5%88%B8%3C/text%3E%3C/svg%3E";

/** The page before its script runs: all that is always there, so that nothing moves when the script arrives. */
export function pageHtml({ script, style, nonce, data }: PageParts): string {
  // A `<` would let a name end the element.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Kaquan explorer</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${style}" nonce="${nonce}">
<script type="application/json" id="data">${json}</script>
<script type="module" src="${script}" nonce="${nonce}"></script>
</head>
<body>
<header>
  <h1>Kaquan <span>explorer</span></h1>
  <label id="signing" hidden>Ask as <select id="signer"></select></label>
  <button id="run" class="primary">Run <kbd>Ctrl ↵</kbd></button>
  <button id="prettify">Prettify</button>
  <button id="restore" hidden>Restore</button>
  <button id="remove" hidden>Delete</button>
  <button id="schema-toggle" aria-expanded="false" aria-controls="schema">Schema</button>
</header>
<noscript>The explorer needs JavaScript.</noscript>
<nav id="operations" aria-label="Operations"></nav>
<main>
  <div class="asking">
    <section class="pane grows"><h2>Operation</h2><div id="query"></div></section>
    <section class="pane"><h2>Variables</h2><div id="variables"></div></section>
    <section class="pane"><h2>Headers</h2><div id="headers"></div></section>
  </div>
  <section class="pane answer"><h2>Answer <output id="outcome"></output></h2><div id="answer"></div></section>
</main>
<aside id="schema" aria-label="Schema" hidden></aside>
</body>
</html>
`;
}
