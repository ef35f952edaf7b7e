import { z } from 'zod';

/** One setting: its environment name is its key in the table; `about` and `default` also make `.env.example`. */
export interface Setting<T> {
  type: z.ZodType<T, string>;
  about: string;
  /** As it would stand in the environment. */
  default?: string;
  /** Wanted where its vendor is on. */
  required?: boolean;
  /** Never printed, not even to say what is wrong with it. */
  secret?: boolean;
}

export type SettingTable = Record<string, Setting<unknown>>;

/** What a table comes to: settings with a default and required ones are always there, the others may be undefined. */
export type SettingValues<Table extends SettingTable> = {
  [Name in keyof Table]: Table[Name] extends Setting<infer T> & ({ default: string } | { required: true })
    ? T
    : Table[Name] extends Setting<infer T>
      ? T | undefined
      : never;
};

export function setting<T, const More extends Omit<Setting<T>, 'type' | 'about'> = object>(
  type: z.ZodType<T, string>,
  about: string,
  more?: More,
): Setting<T> & More {
  return { type, about, ...more } as Setting<T> & More;
}

export const text = z.string();

export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true');

export const choice = <const T extends string>(...values: [T, ...T[]]) =>
  z.enum(values, { error: `must be one of: ${values.join(', ')}` });

export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

export const httpUrl = z.string().refine(
  (value) => {
    if (!URL.canParse(value)) return false;
    const url = new URL(value);
    return /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
  },
  { error: 'must be an http:// or https:// address without user, query or fragment' },
);

/** An address where plain http goes no further than this machine; `why` says what would be told on the way. */
export const secureUrl = (why: string) =>
  httpUrl.refine((value) => !isPlainHttpAbroad(value), { error: `must be https: ${why}` });

/** JSON text that must have the shape of `schema`; the message names the shape, never the value. */
export const json = <T>(schema: z.ZodType<T>, shape: string) =>
  z.string().transform((value, context): T => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      parsed = undefined;
    }
    const result = schema.safeParse(parsed);
    if (result.success) return result.data;
    context.addIssue({ code: 'custom', message: `must be JSON like ${shape}` });
    return z.NEVER;
  });

export const base64Bytes = (length: number) => {
  const error = `must be ${length} bytes in base64`;
  return z
    .base64({ error })
    .transform((value) => Buffer.from(value, 'base64'))
    .refine((bytes) => bytes.length === length, { error });
};

/** True for plain http to another machine, where whoever carries it can read and change it. */
export function isPlainHttpAbroad(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

/** True for the names and addresses by which a machine reaches itself. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
