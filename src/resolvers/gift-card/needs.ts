import { type PersonNeeds } from '../person/needs.js';

export const ZVCMS_NEEDS = {
  scope: 'giftcard:read',
  fields: {
    zvcmsUserId: { from: 'zvcmsUserId', id: true, description: 'Whose gift cards zvcms is asked for.' },
  },
} as const satisfies PersonNeeds;
