import { type Answer, type AskOptions, type TestGraph } from '../graph/harness.js';
import { ROUTER_SECRET } from './shapes.js';

export const NOBODY = '0197f9a0-0000-7000-8000-000000000000';
export const ROUTER = { 'x-router-secret': ROUTER_SECRET };

export const entities = (graph: TestGraph, representations: unknown[], fields: string, options: AskOptions = {}) =>
  graph.ask(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ${fields} } }`,
    { representations },
    { headers: ROUTER, ...options },
  );
export const found = ({ data }: Answer) => data?.['_entities'] as (Record<string, unknown> | null)[] | undefined;
export const codesOf = ({ errors }: Answer) =>
  errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]);
