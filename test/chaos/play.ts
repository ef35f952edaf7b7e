import { setTimeout as sleep } from 'node:timers/promises';
import { type World } from './client.js';
import { type Fault, FAULTS, type FaultStep, type Plan, type SceneStep } from './plan.js';
import { type ServerProcess } from './processes.js';
import { type Stage } from './stage.js';
import { type Troubles } from './troubles.js';

/** An open breaker stays so for five seconds, and counts a last call that had two to fail. */
const SCENE_TAIL_MS = 9_000;
/** Connections that died are noticed when they are used. */
const POSTGRES_TAIL_MS = 3_000;
/** Processes join again within five seconds. */
const REDIS_TAIL_MS = 8_000;
/** Who was under way with the dead: leases, and a share of the limits that nobody gives back. */
const SERVER_TAIL_MS = 6_000;
const RUSH_TAIL_MS = 3_000;
const NO_PAUSE: [number, number] = [0, 5];

export const possible = ({ postgres, redis }: Stage): Fault[] =>
  FAULTS.filter((fault) => (postgres || !fault.includes('postgres')) && (redis || !fault.includes('redis')));

/** Plays a plan to its end. `mortal` is the server that is killed; the others show what grows in a long life. */
export async function play(
  { scenes, faults }: Plan,
  stage: Stage,
  world: World,
  troubles: Troubles,
  mortal: ServerProcess,
): Promise<void> {
  const began = performance.now();
  const due = (atMs: number) => sleep(Math.max(0, atMs - (performance.now() - began)));

  const playScene = async ({ atMs, forMs, vendor, scene }: SceneStep) => {
    await due(atMs);
    const end = troubles.begin(`${vendor}:${scene}`, SCENE_TAIL_MS);
    stage.vendors.play(vendor, scene);
    await sleep(forMs);
    stage.vendors.play(vendor, null);
    end();
  };

  const during = async (name: string, tailMs: number, work: () => Promise<void>) => {
    const end = troubles.begin(name, tailMs);
    await work();
    end();
  };
  const { postgres, redis } = stage;
  const stopPostgres = (mode: 'fast' | 'immediate') => (forMs: number) =>
    during('postgres', POSTGRES_TAIL_MS, async () => {
      await postgres?.stop(mode);
      await sleep(forMs);
      await postgres?.start();
    });
  const acts: Record<Fault, (forMs: number) => Promise<void>> = {
    'kill server': (forMs) =>
      during(`server ${mortal.url}`, SERVER_TAIL_MS, async () => {
        await mortal.end('SIGKILL');
        await sleep(forMs);
        await mortal.start();
      }),
    'crash postgres': stopPostgres('immediate'),
    'restart postgres': stopPostgres('fast'),
    'kill redis': (forMs) =>
      during('redis', REDIS_TAIL_MS, async () => {
        await redis?.kill();
        await sleep(forMs);
        await redis?.start();
      }),
    'hang redis': (forMs) =>
      during('redis', REDIS_TAIL_MS, async () => {
        redis?.hang();
        await sleep(forMs);
        redis?.goOn();
      }),
    rush: (forMs) =>
      during('rush', RUSH_TAIL_MS, async () => {
        const { pause } = world;
        world.pause = NO_PAUSE;
        await sleep(forMs);
        world.pause = pause;
      }),
  };
  const playFaults = async (steps: FaultStep[]) => {
    for (const { atMs, forMs, fault } of steps) {
      await due(atMs);
      await acts[fault](forMs);
    }
  };
  await Promise.all([...scenes.map(playScene), playFaults(faults)]);
}
