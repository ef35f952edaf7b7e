import { type Language } from './i18n/language';

export interface Event {
  activityCode: string;
  name: Record<Language, string>;
}

/** What the graph does not tell: a deployment lists its own events here, by the codes in the server's CAMPUS_ACTIVITIES. */
export const EVENTS: readonly [Event, ...Event[]] = [
  { activityCode: '1', name: { zh: '新生欢迎会', en: "Freshers' welcome" } },
  { activityCode: '2', name: { zh: '秋季职业展', en: 'Autumn career fair' } },
];

/** How long a dynamic code is asked to last. Short, as a screenshot of it should not be of use to anybody for long. */
export const CODE_VALID_SECONDS = 120;

/** Exchange codes to offer beside the field; the start script gives the sandbox's. */
const samples: unknown = import.meta.env['VITE_SAMPLE_CODES'];
export const SAMPLE_CODES: readonly string[] = typeof samples === 'string' ? samples.split(' ').filter(Boolean) : [];
