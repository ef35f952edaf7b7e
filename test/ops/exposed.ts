/** What `/metrics` has: each metric's labels, and the values of each that were seen. */
export type Exposed = Map<string, Map<string, Set<string>>>;

/** Also what a scrape adds, and Prometheus itself knows. */
const BY_PROMETHEUS = ['job', 'instance'];

export function readExposition(text: string, into: Exposed = new Map()): Exposed {
  for (const line of text.split('\n')) {
    // A metric of which nothing was counted yet has its name and type all the same.
    const declared = /^# TYPE (\S+) (\w+)$/.exec(line);
    const sample = /^([a-z_:]+)(?:\{(.*)\})? \S+$/.exec(line);
    if (declared) {
      const [, name = '', type] = declared;
      const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
      for (const one of names) if (!into.has(one)) into.set(one, new Map());
    } else if (sample) {
      const [, name = '', pairs = ''] = sample;
      const labels = into.get(name) ?? new Map<string, Set<string>>();
      into.set(name, labels);
      for (const [, label = '', value = ''] of pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        const values = labels.get(label) ?? new Set();
        labels.set(label, values.add(value));
      }
    }
  }
  return into;
}

export const hasLabel = (exposed: Exposed, metric: string, label: string): boolean =>
  BY_PROMETHEUS.includes(label) || (exposed.get(metric)?.has(label) ?? false);
