import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';

/** What a container would be made of and started with. */
export interface Image {
  /** Holds the image's files, as they would lie below `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  /** The user and group that its commands run as. */
  uid: number;
  gid: number;
  entrypoint: string[];
  command: string[];
  healthCheck: string[];
  erase(): void;
}

/** What is copied from the context must not be what .dockerignore leaves out; it only knows `*` and what is let in again. */
function contextFilter(): (source: string) => boolean {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const [first, ...rest] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const letIn = rest.map((line) => line.replace(/^!/, ''));
  if (first !== '*' || rest.some((line) => !line.startsWith('!'))) throw new Error('.dockerignore has a new form');
  return (source) => letIn.some((one) => source === one || source.startsWith(`${one}/`));
}

/**
 * Runs the steps of the Dockerfile without a container engine, each stage in a folder of its own; what the base images
 * bring is what this machine has. Throws at any instruction or flag that it does not know.
 */
export function buildImage(say: (line: string) => void): Image {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-image-'));
  const erase = () => {
    spawnSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const stages = new Map<string, Image>();
    const isInContext = contextFilter();
    let stage: Image | undefined;
    for (const instruction of DockerfileParser.parse(readFileSync('Dockerfile', 'utf8')).getInstructions()) {
      const keyword = instruction.getKeyword();
      if (keyword === 'ARG') continue;
      say(`${keyword} ${instruction.getArgumentsContent() ?? ''}`.slice(0, 100));
      if (keyword === 'FROM') {
        const [, as, name] = wordsOf(instruction);
        const root = join(folder, as === 'AS' && name !== undefined ? name : 'image');
        mkdirSync(root);
        stage = { root, workdir: '/', env: {}, uid: 0, gid: 0, entrypoint: [], command: [], healthCheck: [], erase };
        stages.set(basename(root), stage);
      } else if (stage) follow(instruction, stage, stages, isInContext);
      else throw new Error(`${keyword} stands before FROM`);
    }
    if (!stage) throw new Error('The Dockerfile makes no image');
    return stage;
  } catch (error) {
    erase();
    throw error;
  }
}

function follow(
  instruction: Instruction,
  stage: Image,
  stages: Map<string, Image>,
  isInContext: (source: string) => boolean,
): void {
  const keyword = instruction.getKeyword();
  const text = instruction.getArgumentsContent() ?? '';
  const words = wordsOf(instruction);
  switch (keyword) {
    case 'WORKDIR':
      stage.workdir = words[0] ?? '/';
      mkdirSync(within(stage, '.'), { recursive: true });
      return;
    case 'ENV':
      Object.assign(stage.env, Object.fromEntries(words.map((word) => word.split('=', 2) as [string, string])));
      return;
    case 'COPY':
      copy(words, stage, stages, isInContext);
      return;
    case 'RUN':
      run(text, stage);
      return;
    case 'USER':
      [stage.uid = 0, stage.gid = 0] = text.split(':').map(Number);
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = jsonOf(instruction);
      return;
    case 'CMD':
      stage.command = jsonOf(instruction);
      return;
    case 'HEALTHCHECK':
      stage.healthCheck = JSON.parse(/CMD (\[.*\])$/s.exec(text)?.[1] ?? '') as string[];
      return;
    case 'LABEL':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`scripts/image.ts does not know ${keyword}`);
  }
}

function copy(
  words: string[],
  stage: Image,
  stages: Map<string, Image>,
  isInContext: (source: string) => boolean,
): void {
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.pop() ?? '.';
  const from = stages.get(flagOf(flags, 'from') ?? '');
  const owner = flagOf(flags, 'chown')?.split(':').map(Number);
  if (flags.some((flag) => !/^--(from|chown)=/.test(flag)))
    throw new Error(`COPY has an unknown flag: ${words.join(' ')}`);
  for (const path of paths) {
    if (!from && !isInContext(path)) throw new Error(`.dockerignore keeps ${path} out of the context`);
    const source = from ? join(from.root, path) : resolve(path);
    const to = within(stage, target.endsWith('/') ? join(target, basename(path)) : target);
    cpSync(source, to, { recursive: true, verbatimSymlinks: true });
    if (owner && process.getuid?.() === 0) chownSync(to, owner[0] ?? 0, owner[1] ?? 0);
  }
}

function run(command: string, stage: Image): void {
  // There is no other root here: an absolute path would be this machine's.
  if (/(^|[\s='"])\//.test(command)) throw new Error(`RUN names an absolute path: ${command}`);
  const { status, stderr } = spawnSync('sh', ['-ec', command], {
    cwd: within(stage, '.'),
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...stage.env, PATH: process.env['PATH'], HOME: stage.root, npm_config_cache: npmCache() },
  });
  if (status !== 0) throw new Error(`RUN ${command} ended with ${status ?? 'a signal'}:\n${stderr.slice(-2_000)}`);
}

const npmCache = () =>
  process.env['npm_config_cache'] ?? spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim();

/** Where a path of the image lies on this machine. */
export const within = ({ root, workdir }: Image, path: string) => join(root, resolve(workdir, path));

/** With its flags, which the parser's own lists leave out. */
const wordsOf = (instruction: Instruction) => instruction.getTextContent().replaceAll('"', '').split(/\s+/).slice(1);

const jsonOf = (instruction: Instruction) =>
  (instruction as JSONInstruction).getJSONStrings().map((one) => one.getJSONValue());

const flagOf = (flags: string[], name: string) =>
  flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3);

/** A command of the image, as a container would run it: its user, nothing but its own environment, nowhere to write but `data`. */
export function startInImage(image: Image, command: string[], env: Record<string, string>) {
  const [program = '', ...args] = command;
  const isRoot = process.getuid?.() === 0;
  return spawn(program === 'node' ? process.execPath : program, args, {
    cwd: within(image, '.'),
    // No temporary folder either: a read-only container has none.
    env: { ...image.env, TMPDIR: '/nowhere', HOME: '/nowhere', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot && { uid: image.uid, gid: image.gid }),
  });
}

/** Takes the right to write from everything but `data`, and lets the image's user read. */
export function makeReadOnly(image: Image): void {
  spawnSync('chmod', ['-R', 'a-w,a+rX', image.root]);
  chmodSync(dirname(image.root), 0o755);
  chmodSync(within(image, 'data'), 0o755);
}
