import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';
import type { Container, Service } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import ts from 'typescript';
import { parse } from 'yaml';
import { createMetrics } from '../../src/app/observability/metrics/metrics.js';
import { SUBGRAPH_NAMES } from '../../src/modules/index.js';
import { pino } from 'pino';
import { render, type Resource } from './kustomize.js';
import { loadManifestSettings } from './settings.js';

const FOLDER = 'ops/kubernetes';
const SHAPES = { whole: render(join(FOLDER, 'whole')), split: render(join(FOLDER, 'split')) };

/** TypeScript's complaints of the resources as literals of their types: a misspelt or misplaced field is one. */
function typeErrors(resources: Resource[]): string[] {
  const types = ts.sys.resolvePath('node_modules/kubernetes-types');
  const source = resources
    .map(({ apiVersion, kind, ...rest }, place) => {
      const group = apiVersion.includes('/') ? apiVersion.replace('.k8s.io', '') : `core/${apiVersion}`;
      return `export const r${place}: import('${types}/${group}').${kind} = ${JSON.stringify({ apiVersion, kind, ...rest })};`;
    })
    .join('\n');
  const file = resolve('resources.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
  };
  const inner = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...inner,
    fileExists: (name) => name === file || inner.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ESNext) : inner.getSourceFile(name, ...rest),
  };
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const of = <T>(resources: Resource[], kind: string) => resources.filter((one) => one.kind === kind) as unknown as T[];
const containerOf = ({ spec }: Deployment): Container => spec?.template.spec?.containers[0] as Container;
const settingsOf = (resources: Resource[], deployment: Deployment) => {
  const name = containerOf(deployment).envFrom?.[0]?.configMapRef?.name;
  return resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};
};

describe.each(Object.entries(SHAPES))('the manifests of the shape %s', (shape, resources) => {
  const deployments = of<Deployment>(resources, 'Deployment');
  const servers = deployments.filter((one) => containerOf(one).name === 'server');

  it('are what Kubernetes takes, to the last field', () => {
    expect(deployments.map(({ metadata }) => metadata?.name)).toEqual(
      shape === 'whole' ? ['kaquan'] : [...SUBGRAPH_NAMES.map((name) => `kaquan-${name}`), 'kaquan-router'],
    );
    expect(typeErrors(resources)).toEqual([]);
    const [first] = structuredClone(deployments);
    Object.assign(first?.spec?.template.spec ?? {}, { terminationGracePeriodSecond: 1 });
    expect(typeErrors([first as unknown as Resource])).toEqual([
      expect.stringContaining('terminationGracePeriodSecond'),
    ]);
  });

  it('start servers whose settings hold, each as its subgraph', async () => {
    const found: string[] = [];
    for (const one of servers) {
      const config = await loadManifestSettings(settingsOf(resources, one));
      found.push(config.subgraph);
      if (shape === 'split' && config.subgraph !== 'people')
        expect([...config.vendors.keys()]).toEqual([config.subgraph]);
      const mounted = JSON.stringify(one.spec?.template.spec?.volumes);
      expect(mounted.includes(`"kaquan-${config.subgraph}"`)).toBe(config.vendors.size > 0);
    }
    expect(found).toEqual(shape === 'whole' ? ['all'] : SUBGRAPH_NAMES);
  });

  it('give each pod the time to leave: preStop, drain, the longest request, and a second to spare', async () => {
    for (const one of servers) {
      const { requestTimeoutMs, shutdownDrainMs, shutdownTimeoutMs } = await loadManifestSettings(
        settingsOf(resources, one),
      );
      const container = containerOf(one);
      const preStopMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
      const graceMs = (one.spec?.template.spec?.terminationGracePeriodSeconds ?? 0) * 1000;
      expect(preStopMs).toBeGreaterThan(0);
      expect(graceMs).toBe(preStopMs + shutdownTimeoutMs + 1_000);
      expect(shutdownTimeoutMs * 0.8 - shutdownDrainMs).toBeGreaterThanOrEqual(requestTimeoutMs);
      // A load balancer of its own must see /readyz fail before the port closes.
      const { periodSeconds = 10, failureThreshold = 3 } = container.readinessProbe ?? {};
      expect(shutdownDrainMs).toBeGreaterThan(periodSeconds * failureThreshold * 1000);
    }
  });

  it('run as nobody on a file system that only reads, ask the paths that there are, and are never all gone at once', () => {
    for (const one of deployments) {
      const pod = one.spec?.template.spec;
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(containerOf(one).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(one.spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    }
    for (const one of servers) {
      const { startupProbe, readinessProbe, livenessProbe } = containerOf(one);
      const paths = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet?.path);
      expect(paths).toEqual(['/healthz', '/readyz', '/healthz']);
    }
    const names = deployments.map(({ metadata }) => metadata?.name);
    const scaled = of<HorizontalPodAutoscaler>(resources, 'HorizontalPodAutoscaler');
    expect(scaled.map(({ spec }) => spec?.scaleTargetRef.name)).toEqual(names);
    expect(scaled.every(({ spec }) => (spec?.minReplicas ?? 1) >= 2)).toBe(true);
    for (const kind of ['PodDisruptionBudget', 'NetworkPolicy'])
      expect(of<Resource>(resources, kind).map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it('lead each Service and each rule to pods that there are', () => {
    const labels = deployments.map(({ spec }) => spec?.template.metadata?.labels ?? {});
    const hits = (selector: Record<string, string> = {}) =>
      labels.filter((pod) => Object.entries(selector).every(([name, value]) => pod[name] === value)).length;
    for (const { metadata, spec } of of<Service>(resources, 'Service'))
      expect([metadata?.name, hits(spec?.selector)]).toEqual([metadata?.name, 1]);
    for (const one of deployments) expect(hits(one.spec?.selector.matchLabels)).toBe(1);
    const policies = of<NetworkPolicy>(resources, 'NetworkPolicy');
    for (const { spec } of policies) expect(hits(spec?.podSelector.matchLabels)).toBe(1);
    const openTo = policies.map(({ spec }) => Object.keys(spec?.ingress?.[0]?.from?.[0] ?? {}).join());
    expect(openTo).toEqual(
      shape === 'whole' ? ['namespaceSelector'] : [...SUBGRAPH_NAMES.map(() => 'podSelector'), 'namespaceSelector'],
    );
  });
});

describe('the split shape', () => {
  it('has a Service for each address in the supergraph, and a router that waits for its probes', () => {
    const urls = [
      ...readFileSync('schema/supergraph.graphql', 'utf8').matchAll(/url: "http:\/\/(\w+):4000\/graphql"/g),
    ].map(([, name]) => name);
    expect([...new Set(urls)].sort()).toEqual([...SUBGRAPH_NAMES].sort());
    const services = of<Service>(SHAPES.split, 'Service').map(({ metadata }) => metadata?.name);
    expect(services).toEqual([...SUBGRAPH_NAMES, 'kaquan']);
    const router = parse(readFileSync('docs/federation/router.yaml', 'utf8')) as {
      health_check: { listen: string };
      traffic_shaping: { router: { timeout: string } };
    };
    expect(router.health_check.listen).toBe('0.0.0.0:8088');
    const pod = of<Deployment>(SHAPES.split, 'Deployment').at(-1)?.spec?.template.spec;
    const preStop = pod?.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(pod?.terminationGracePeriodSeconds).toBe(preStop + parseInt(router.traffic_shaping.router.timeout, 10) + 1);
  });
});

describe('scaling by the event loop', () => {
  let exposed = '';
  beforeAll(async () => {
    exposed = await createMetrics(pino({ level: 'silent' }), { version: '0', subgraph: 'all' }).registry.metrics();
  });

  it('asks for a metric that the server has', () => {
    const [patch] = (
      parse(readFileSync(join(FOLDER, 'event-loop/kustomization.yaml'), 'utf8')) as { patches: { patch: string }[] }
    ).patches;
    const [{ value }] = parse(patch?.patch ?? '') as [{ value: { pods: { metric: { name: string } } } }];
    const rules = parse(readFileSync(join(FOLDER, 'event-loop/adapter-rules.yaml'), 'utf8')) as {
      name: { as: string };
    }[];
    expect(rules[0]?.name.as).toBe(value.pods.metric.name);
    expect(exposed).toMatch(new RegExp(`^${value.pods.metric.name} `, 'm'));
  });
});
