/** What one look came to. Words only: never a value of a setting. */
export interface Finding {
  /** What was looked at: `settings`, `database`, a setting's or a vendor's name. */
  subject: string;
  /** `unknown`: nothing proves it either way. */
  state: 'ok' | 'wrong' | 'unknown';
  what: string;
  /** Where the state rests on an answer that has another reading, or on none. */
  certainty?: 'proved' | 'likely';
  /** What to do about it. */
  advice?: string;
}

export const ok = (subject: string, what: string): Finding => ({ subject, state: 'ok', what });

export const wrong = (subject: string, what: string, advice?: string): Finding => ({
  subject,
  state: 'wrong',
  what,
  ...(advice !== undefined && { advice }),
});

const MARKS: Record<Finding['state'], string> = { ok: 'ok   ', wrong: 'WRONG', unknown: '?    ' };

/** A line for the finding, and one below it for what to do. */
export function toLines({ subject, state, what, certainty, advice }: Finding): string[] {
  const sure = certainty === undefined ? '' : ` (${certainty})`;
  return [`${MARKS[state]} ${subject}: ${what}${sure}`, ...(advice === undefined ? [] : [`      -> ${advice}`])];
}

/** A moment's date, since nobody renews by the minute. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
