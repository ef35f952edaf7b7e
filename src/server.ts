import { existsSync } from 'node:fs';
import { ConfigError } from './config/config.js';
import { runDoctor } from './app/doctor.js';
import { runSandbox, serve, type Running } from './app/serve.js';

/** As sysexits.h has it: something was found in a wrong state of configuration. */
const EXIT_CONFIG = 78;

if (existsSync('.env')) process.loadEnvFile('.env');

const command = process.argv[2] ?? 'serve';

async function main(): Promise<void> {
  switch (command) {
    case 'serve':
      stopOnSignals(await serve(process.env, print));
      return;
    case 'sandbox':
      stopOnSignals(await runSandbox(print));
      return;
    case 'doctor':
      process.exitCode = (await runDoctor(process.env, print)) ? 0 : 1;
      return;
    default:
      throw new Error(`There is no command ${command}: use serve, sandbox or doctor`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first signal lets running requests finish, the second does not wait. */
function stopOnSignals(running: Running): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      running.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  // Only the message: a stack tells an operator nothing, and a cause may hold what was configured.
  process.stderr.write(`${error instanceof Error ? error.message : 'The start failed'}\n`);
  process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
});
