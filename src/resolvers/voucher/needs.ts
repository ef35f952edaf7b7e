import { type PersonNeeds } from '../person/needs.js';

/** Id number and e-mail only where the activity is set up to be sent them. */
export const CAMPUS_NEEDS = {
  scope: 'voucher:read',
  fields: {
    campusName: { from: 'name', description: 'The name that campus is told.' },
    campusMobile: { from: 'mobile', description: 'The mobile number that campus is told.' },
    campusMoziId: { from: 'moziId', id: true, description: 'The Mozi account that campus is told.' },
    campusIdNumber: { from: 'idNumber', description: 'The id card number that campus is told.' },
    campusEmail: { from: 'email', description: 'The e-mail address that campus is told.' },
  },
} as const satisfies PersonNeeds;
