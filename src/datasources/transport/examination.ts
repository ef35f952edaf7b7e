/** What one signed call that changes nothing at the vendor says of the settings that sign it. */
export interface Probe {
  /** What was done, in plain words that begin with `asked`. */
  asked: string;
  verdict: 'accepted' | 'refused' | 'unknown';
  /** Whether the answer leaves no other reading. */
  certainty: 'proved' | 'likely';
  /** What the verdict rests on, in plain words. */
  because: string;
  /** What to do where it is not `accepted`. */
  advice?: string;
}

/** A vendor looked at: whether it answers, by which clock, and whether it takes what we sign. */
export interface Examination {
  /** False where nothing came back that could be read as HTTP. */
  answered: boolean;
  /** Why not, as the system has it, e.g. ECONNREFUSED. */
  fault?: string | undefined;
  /** How far the vendor's clock is ahead of what we take for it; undefined where the answer has no date. */
  skewMs?: number | undefined;
  probes: Probe[];
}
