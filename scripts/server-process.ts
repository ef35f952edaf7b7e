import { type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';

export interface ServerProcess {
  url: string;
  /** Ends the process, and waits until it has ended. */
  close(): Promise<void>;
}

/**
 * Waits until a server in a process of its own prints where it listens.
 * @param pattern finds that URL in a line
 * @throws Error where the process ends without it
 */
export async function listening(
  child: ChildProcessByStdio<null, Readable, null>,
  name: string,
  pattern: RegExp,
): Promise<ServerProcess> {
  const exited = once(child, 'exit');
  const close = async () => {
    child.kill();
    await exited;
  };
  // So that no server outlives a parent that dies on its way.
  const endWithParent = () => void child.kill();
  process.once('exit', endWithParent);
  void exited.then(() => process.off('exit', endWithParent));
  const url = await new Promise<string | undefined>((found) => {
    createInterface(child.stdout).on('line', (line) => {
      const [printed] = pattern.exec(line) ?? [];
      if (printed !== undefined) found(printed);
    });
    void exited.then(() => found(undefined));
  });
  if (url === undefined) throw new Error(`${name} did not start`);
  return { url, close };
}
