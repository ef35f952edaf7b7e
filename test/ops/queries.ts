import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

/** What a query asks for by name: a metric, and which of its labels with which values. */
export interface Selector {
  query: string;
  metric: string;
  /** By label: a text that must be a value, where it is compared with one. */
  labels: Record<string, string | undefined>;
}

export interface AlertRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export const alertRules = (): AlertRule[] =>
  (parse(readFileSync('ops/alerts.yaml', 'utf8')) as { groups: { rules: AlertRule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { type: string; query: string }[] };
}

export const dashboard = (): Dashboard => JSON.parse(readFileSync('ops/grafana.json', 'utf8')) as Dashboard;

export function dashboardQueries(): string[] {
  const { panels, templating } = dashboard();
  // What a variable of the dashboard lists, as a query.
  const variables = templating.list.flatMap(({ type, query }) => {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
    return type === 'query' ? [`count by (${label ?? ''}) (${metric ?? ''})`] : [];
  });
  // Grafana's own words in them.
  return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), ...variables].map((expr) =>
    expr.replaceAll('$__rate_interval', '5m'),
  );
}

/** @throws Error where it is no PromQL */
export function selectorsOf(query: string): Selector[] {
  const selectors: Selector[] = [];
  const textOf = ({ from, to }: { from: number; to: number }) => query.slice(from, to);
  parser.parse(query).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${query}`);
      if (node.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        const labels = Object.fromEntries(
          (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => {
            const [label, text] = [matcher.getChild('LabelName'), matcher.getChild('StringLiteral')];
            const value = text ? (JSON.parse(textOf(text)) as string) : '';
            return [label ? textOf(label) : '', value.includes('$') ? undefined : value];
          }),
        );
        selectors.push({ query, metric: name ? textOf(name) : '', labels });
      }
    },
  });
  return selectors;
}

/** The labels by which a query groups. */
export function groupingLabelsOf(query: string): string[] {
  const labels: string[] = [];
  parser.parse(query).iterate({
    enter: ({ node }) => {
      if (node.name === 'GroupingLabels')
        labels.push(...node.getChildren('LabelName').map(({ from, to }) => query.slice(from, to)));
    },
  });
  return labels;
}
