import { VENDORS } from '../../src/modules/index.js';
import { type SceneSubject } from './subject.js';

/** Every vendor of the registry, by the file of its name in this folder; one without such a file fails every suite that asks. */
export const SUBJECTS: readonly SceneSubject[] = await Promise.all(
  VENDORS.map(async ({ name }) => {
    const { subject } = (await import(`./${name}.js`)) as { subject: SceneSubject };
    if (subject.vendor !== name) throw new Error(`test/scenes/${name}.ts is about ${subject.vendor}`);
    return subject;
  }),
);
