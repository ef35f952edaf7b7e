/** What is sent back, from whichever lane. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}
