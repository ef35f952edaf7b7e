import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

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

  serve            serves the graph, as it does without a command
  sandbox          the vendors' local servers alone, with the settings that lead to them
  doctor [--json]  changes nothing, and says of settings, database, keys, clock and each vendor how they are and what to mend
  backup FILE      copies the embedded database while it is used
  help             these lines
  version          ${version}

Settings come from the environment or .env: see .env.example.`;

async function main(): Promise<void> {
  const { command, to, json } = readCommand();
  switch (command) {
    case 'serve': {
      const { serve, stopOnSignals } = await import('./app/serve.js');
      const { close } = await serve(process.env, banner);
      stopOnSignals(close, exit);
      return;
    }
    case 'sandbox': {
      const { runSandbox, stopOnSignals } = await import('./app/serve.js');
      const { close } = await runSandbox(print);
      stopOnSignals(close, exit);
      return;
    }
    case 'doctor': {
      const { runDoctor } = await import('./app/doctor/index.js');
      process.exitCode = await runDoctor(process.env, print, json);
      return;
    }
    case 'backup': {
      const { runBackup } = await import('./app/backup.js');
      await runBackup(process.env, to, print);
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

/** What stands on the command line; as `help` and `version` are usually asked for, too. */
function readCommand(): { command: string; to: string; json: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: flag, help: flag, version: flag },
    });
    const { json, help, version: isVersion } = values;
    const [command = 'serve', to = '', ...more] = positionals;
    if (help) return { command: 'help', to, json };
    if (isVersion) return { command: 'version', to, json };
    const fits = more.length === 0 && (command === 'backup') === (to !== '') && (command === 'doctor' || !json);
    if (fits) return { command, to, json };
  } catch {
    // An option that there is not: said below, like every other.
  }
  return fail(`That is no way to call it.\n\n${USAGE}`, EXIT_USAGE);
}

const exit = (code: number): never => process.exit(code);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Only for people: where standard output goes into a file or a pipe, it has the log's JSON lines and nothing else. */
function banner(text: string): void {
  if (process.stdout.isTTY) print(text);
  else if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
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
