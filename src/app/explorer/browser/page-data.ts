/** What the server gives the page to begin with, in its element `data`. */
export interface PageData {
  operations: readonly ReadyOperation[];
  /** As whom the page can ask; empty where the server gives no tokens. */
  signers: readonly Signer[];
  /** In words, what a request without a token is. */
  withoutToken: string;
  /** In the operations' variables: the id of whoever asks, or of the first person. */
  somebody: string;
}

/** An operation that waits to be run. */
export interface ReadyOperation {
  /** The part of the graph that it belongs to. */
  part: string;
  name: string;
  query: string;
  variables?: Readonly<Record<string, unknown>>;
}

export interface Signer {
  label: string;
  token: string;
  /** Whose token it is; undefined = nobody's own. */
  personId?: string;
}
