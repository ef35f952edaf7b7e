import { z } from 'zod';
import { choice, flag, httpUrl, setting, type SettingValues, text, whole } from './setting.js';

/** `name=value,name=value`, percent-encoded where needed: how OpenTelemetry writes what it takes several of. */
const members = z.string().transform((value, context): Record<string, string> => {
  const pairs = value.split(',').flatMap((one) => {
    const at = one.indexOf('=');
    return one.trim() === '' ? [] : [[one.slice(0, at).trim(), one.slice(at + 1).trim()] as const];
  });
  try {
    if (pairs.every(([name]) => name !== ''))
      return Object.fromEntries(pairs.map(([name, one]) => [name, decodeURIComponent(one)]));
  } catch {
    // Said below, like everything else that is wrong with it.
  }
  context.addIssue({ code: 'custom', message: 'must be name=value pairs, separated by commas' });
  return z.NEVER;
});

/** OpenTelemetry's own names and meanings, as far as something here reads them. */
export const TRACING_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    httpUrl,
    'A collector that takes OTLP over HTTP, e.g. http://collector:4318: traces go to /v1/traces below it. None: no traces',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(httpUrl, 'The same as a whole address, for traces alone'),
  OTEL_EXPORTER_OTLP_HEADERS: setting(members, 'Sent along to the collector: name=value pairs, separated by commas', {
    secret: true,
  }),
  OTEL_SERVICE_NAME: setting(text, 'What traces call this server', { default: 'kaquan' }),
  OTEL_RESOURCE_ATTRIBUTES: setting(members, 'What traces tell of this server besides: name=value pairs'),
  OTEL_TRACES_SAMPLER: setting(
    choice(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    'Which requests are traced; parentbased: as the router decided, where there is one',
    { default: 'parentbased_always_on' },
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    z.coerce.number<string>().min(0).max(1),
    'The share that …traceidratio takes, from 0 to 1',
    { default: '1' },
  ),
  OTEL_BSP_SCHEDULE_DELAY: setting(whole(1, 600_000), 'After how many milliseconds spans are sent at the latest', {
    default: '5000',
  }),
  OTEL_BSP_MAX_QUEUE_SIZE: setting(whole(512, 1_000_000), 'How many spans may wait to be sent; more are dropped', {
    default: '2048',
  }),
  OTEL_SDK_DISABLED: setting(flag, 'true: no traces, whatever else is set', { default: 'false' }),
};

export interface TracingConfig {
  url: string;
  headers: Record<string, string>;
  /** Of the process, e.g. its name. */
  resource: Record<string, string>;
  sampler: SettingValues<typeof TRACING_SETTINGS>['OTEL_TRACES_SAMPLER'];
  ratio: number;
  sendAfterMs: number;
  maxWaiting: number;
}

/** Undefined where nobody asked for traces. */
export function tracingConfig(values: SettingValues<typeof TRACING_SETTINGS>): TracingConfig | undefined {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url =
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined || values.OTEL_SDK_DISABLED) return undefined;
  return {
    url,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    resource: { ...values.OTEL_RESOURCE_ATTRIBUTES, 'service.name': values.OTEL_SERVICE_NAME },
    sampler: values.OTEL_TRACES_SAMPLER,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
    sendAfterMs: values.OTEL_BSP_SCHEDULE_DELAY,
    maxWaiting: values.OTEL_BSP_MAX_QUEUE_SIZE,
  };
}
