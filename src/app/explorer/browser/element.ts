type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** Makes an element: texts are texts, functions are listeners, false leaves an attribute out. */
export function element(name: string, attributes: Attributes = {}, ...content: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...content);
  return made;
}

/** An element of the page as the server sends it. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no ${id}`);
  return found;
}
