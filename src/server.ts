import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from './config/config.js';
import { runSandbox, serve } from './app/serve.js';
import { stopOnSignals } from './app/stop.js';

/** As sysexits.h has it: something was found in a wrong state of configuration. */
const EXIT_CONFIG = 78;

if (existsSync('.env')) process.loadEnvFile('.env');

async function main(): Promise<void> {
  const { command, to, json } = readCommand();
  switch (command) {
    case 'serve':
      stopOnSignals((await serve(process.env, banner)).close, exit);
      return;
    case 'sandbox':
      stopOnSignals((await runSandbox(print)).close, exit);
      return;
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
  }
}

type Command = 'serve' | 'sandbox' | 'doctor' | 'backup';

const USAGE = 'Usage: node dist/server.js [serve | sandbox | doctor [--json] | backup FILE]';

function readCommand(): { command: Command; to: string; json: boolean } {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
    const [command = 'serve', to = '', ...more] = positionals;
    const { json = false } = values;
    const isOne = ['serve', 'sandbox', 'doctor', 'backup'].includes(command);
    if (isOne && more.length === 0 && (command === 'backup') === (to !== '') && (command === 'doctor' || !json))
      return { command: command as Command, to, json };
  } catch {
    // An option that there is not: said below, like every other.
  }
  throw new Error(USAGE);
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

main().catch((error: unknown) => {
  // Only the message: a stack tells an operator nothing, and a cause may hold what was configured.
  process.stderr.write(`${error instanceof Error ? error.message : 'The start failed'}\n`);
  process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
});
