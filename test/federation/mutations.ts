import { type Operation } from './operation.js';
import { type Question, type Shape } from './shapes.js';

const NOBODY = '0197f9a0-0000-7000-8000-000000000000';

const register =
  (fields: string, input: (shape: Shape) => Record<string, unknown>) =>
  (_ids: string[], shape: Shape): Question => ({
    query: `mutation ($input: PersonInput!) { registerPerson(input: $input) { ${fields} } }`,
    variables: { input: input(shape) },
  });

/** A mobile number that is nobody's before, of each shape its own. */
const fresh = (shape: Shape, at: number) => `13${shape === 'single' ? 6 : 7}0000000${at}`;

/** What changes the directory. Each shape has people of its own here, since both write to the same one. */
export const MUTATIONS: Operation[] = [
  {
    name: 'registering, and the new person with a voucher and cards',
    ask: register(
      'name maskedName email createdAt updatedAt voucher(activityCode: "1") { qrCode activityCode } giftCardBalance { amount }',
      (shape) => ({ name: '林新来', mobile: fresh(shape, 1), zvcmsUserId: `new-${shape}` }),
    ),
  },
  {
    name: 'registering somebody who lacks what the vendors need',
    ask: register('name voucher(activityCode: "1") { qrCode } giftCardBalance { amount }', () => ({ name: '林无号' })),
    codes: ['PERSON_INCOMPLETE'],
  },
  {
    name: 'registering with a wrong mobile',
    ask: register('id', () => ({ name: '林错号', mobile: '123' })),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: "registering with somebody else's account",
    ask: register('id', () => ({ name: '林同号', mobile: '18209099090' })),
    codes: ['CONFLICT'],
  },
  {
    name: 'updating',
    ask: (ids) => ({
      query:
        'mutation ($id: ID!, $input: UpdatePersonInput!) { updatePerson(id: $id, input: $input) { id name email updatedAt voucher(activityCode: "1") { qrCode } } }',
      variables: { id: ids[5], input: { name: 'Ann Smith', email: 'ann.smith@example.com' } },
    }),
  },
  {
    name: 'updating one field alone',
    ask: (ids) => ({
      query:
        'mutation ($id: ID!) { updatePerson(id: $id, input: { email: "ann@example.com" }) { name email voucher(activityCode: "1") { type } } }',
      variables: { id: ids[5] },
    }),
  },
  {
    name: 'updating somebody unknown',
    ask: () => ({
      query: 'mutation ($id: ID!) { updatePerson(id: $id, input: { name: "x" }) { id } }',
      variables: { id: NOBODY },
    }),
    codes: ['NOT_FOUND'],
  },
  {
    name: 'two mutations, the second one failing',
    ask: (ids) => ({
      query: `mutation ($id: ID!) { a: updatePerson(id: $id, input: { name: "陈静" }) { name } b: forgetPerson(id: "${NOBODY}") }`,
      variables: { id: ids[4] },
    }),
    codes: ['NOT_FOUND'],
  },
  {
    name: 'forgetting',
    ask: (ids, shape) => ({
      query: 'mutation ($id: ID!) { forgetPerson(id: $id) }',
      variables: { id: shape === 'single' ? ids[10] : ids[11] },
    }),
  },
  {
    name: 'forgetting twice',
    ask: (ids) => ({ query: 'mutation ($id: ID!) { forgetPerson(id: $id) }', variables: { id: ids[10] } }),
    codes: ['NOT_FOUND'],
  },
];
