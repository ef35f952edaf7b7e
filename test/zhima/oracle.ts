import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

interface OracleTask {
  /** Fixes what the SDK would take from chance and the clock. */
  nonce?: string;
  timestampMs?: number;
  config: Record<string, string>;
  query?: Record<string, string>;
  options?: Record<string, string>;
}

interface OracleAnswer {
  appCertSn?: string;
  alipayCertSn?: string;
  alipayRootCertSn?: string;
  data?: unknown;
  error?: string;
}

/** Lets the official SDK do the task in a process of its own. */
export async function askOracle(task: OracleTask): Promise<OracleAnswer> {
  const script = fileURLToPath(new URL('./official-sdk.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  return JSON.parse(await text(child.stdout)) as OracleAnswer;
}
