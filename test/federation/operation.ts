import { type OwnChecks, type Question, type Shape, type Shapes } from './shapes.js';

export interface Operation {
  name: string;
  /** The question by the sandbox's people and, where it changes something, by the shape and what is its alone. */
  ask: (ids: string[], shape: Shape, own: OwnChecks) => Question;
  /** Sets a fault scene, before each shape is asked. */
  play?: (single: Shapes['single']) => void;
  /** Codes that the answer must hold, so that an operation cannot come to compare two empty answers. */
  codes?: string[];
}

/** Fields of one of the sandbox's people, the first one where nothing is said. */
export const person =
  (fields: string, at = 0) =>
  (ids: string[]): Question => ({
    query: `query ($id: ID!) { person(id: $id) { ${fields} } }`,
    variables: { id: ids[at] },
  });
export const plain = (query: string, as?: Question['as']) => (): Question => ({
  query,
  ...(as !== undefined && { as }),
});
/** The same question with another token. */
export const as =
  (who: NonNullable<Question['as']>, ask: (ids: string[]) => Question) =>
  (ids: string[]): Question => ({
    ...ask(ids),
    as: who,
  });
export const own =
  (fields: string) =>
  (ids: string[]): Question => ({
    query: `{ me { ${fields} } }`,
    as: { scopes: [], subject: ids[0] ?? '' },
  });
