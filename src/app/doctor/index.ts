import { ConfigError, type Config, type Environment, loadConfig } from '../../config/config.js';
import { MODULES } from '../../modules/index.js';
import { type Finding, ok, toLines, wrong } from './finding.js';
import { examineRateLimit } from './rate-limit.js';
import { examineSecrets } from './secrets.js';
import { examineStorage } from './storage.js';
import { examineTokens } from './tokens.js';
import { examineVendor } from './vendor.js';

/** The exit code: 0 where all is proved well, 1 where something is not, 78 (as at a start) where the settings do not hold. */
export type DoctorExit = 0 | 1 | 78;

/**
 * Looks at everything that the settings lead to, changes nothing anywhere, and says of each thing how it is, how sure
 * that is, and what to do. `json`: one object for machines instead of lines.
 */
export async function runDoctor(
  environment: Environment,
  print: (text: string) => void,
  json = false,
): Promise<DoctorExit> {
  const { findings, exitCode } = await examine(environment);
  if (json) print(JSON.stringify({ exitCode, findings }, null, 2));
  else for (const finding of findings) toLines(finding).forEach(print);
  return exitCode;
}

async function examine(environment: Environment): Promise<{ findings: Finding[]; exitCode: DoctorExit }> {
  let config: Config;
  try {
    config = loadConfig(environment, MODULES);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: error.problems.map((problem) => wrong('settings', problem)), exitCode: 78 };
  }
  const looks = await Promise.all([
    examineStorage(config),
    examineRateLimit(config),
    examineTokens(config),
    ...[...config.vendors].map(([name, vendor]) => examineVendor(name, vendor)),
  ]);
  const findings = [
    ok('settings', 'every one holds'),
    ...examineSecrets(config),
    ...looks.flat(),
    ...(config.sandbox ? [ok('vendors', 'the sandbox, whose servers start and stop with the graph')] : []),
  ];
  return { findings, exitCode: findings.every(({ state }) => state === 'ok') ? 0 : 1 };
}
