import { existsSync, readFileSync } from 'node:fs';

// Whatever else is imported, is imported below: modules that an old Node cannot even load must not keep it from being told so.

/** As sysexits.h has them: called wrongly; something was found in a wrong state of configuration. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
  engines: { node: string };
};

const USAGE = `Kaquan ${version}: one GraphQL graph over the vendors of vouchers, gift cards, exchange codes and identity checks.

node dist/server.js [command]

  serve      serves the graph, as it does without a command
  sandbox    the vendors' local servers alone, with the settings that lead to them
  doctor     checks settings, database, clock and each vendor's reachability, and says what to mend
  help       these lines
  version    ${version}

Settings come from the environment or .env: see .env.example.`;

const command = (process.argv[2] ?? 'serve').replace(/^--/, '');

async function main(): Promise<void> {
  switch (command) {
    case 'serve':
      return untilStopped(await (await import('./app/serve.js')).serve(process.env, print));
    case 'sandbox':
      return untilStopped(await (await import('./app/serve.js')).runSandbox(print));
    case 'doctor': {
      const { runDoctor } = await import('./app/doctor.js');
      process.exitCode = (await runDoctor(process.env, print)) ? 0 : 1;
      return;
    }
    case 'help':
      print(USAGE);
      return;
    case 'version':
      print(version);
      return;
    default:
      fail(`There is no command ${command}.\n\n${USAGE}`, EXIT_USAGE);
  }
}

async function untilStopped({ close }: { close: () => Promise<void> }): Promise<void> {
  const { stopOnSignals } = await import('./app/stop.js');
  stopOnSignals(close, exit);
}

const exit = (code: number): never => process.exit(code);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  return exit(code);
}

function isOlderThan(minimum: string): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = minimum.split('.').map(Number);
  return major === neededMajor ? minor < neededMinor : major < neededMajor;
}

if (isOlderThan(engines.node.replace('>=', '')))
  fail(`Kaquan needs Node ${engines.node}, and this is Node ${process.versions.node}.`, 1);
if (existsSync('.env')) process.loadEnvFile('.env');
main().catch((error: unknown) => {
  // Only the message: a stack tells an operator nothing, and a cause may hold what was configured.
  const message = error instanceof Error ? error.message : 'The start failed';
  fail(message, error instanceof Error && error.name === 'ConfigError' ? EXIT_CONFIG : 1);
});
