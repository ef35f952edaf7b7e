import { existsSync } from 'node:fs';
import { ConfigError } from './config/config.js';
import { runSandbox, serve } from './app/serve.js';
import { stopOnSignals } from './app/stop.js';

/** As sysexits.h has it: something was found in a wrong state of configuration. */
const EXIT_CONFIG = 78;

if (existsSync('.env')) process.loadEnvFile('.env');

const command = process.argv[2] ?? 'serve';

async function main(): Promise<void> {
  switch (command) {
    case 'serve':
      stopOnSignals((await serve(process.env, banner)).close, exit);
      return;
    case 'sandbox':
      stopOnSignals((await runSandbox(print)).close, exit);
      return;
    case 'doctor': {
      const { runDoctor } = await import('./app/doctor.js');
      process.exitCode = (await runDoctor(process.env, print)) ? 0 : 1;
      return;
    }
    default:
      throw new Error(`There is no command ${command}: use serve, sandbox or doctor`);
  }
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
