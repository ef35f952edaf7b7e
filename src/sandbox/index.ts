export { INVENTED_PEOPLE } from './people.js';
export { ZVCMS_CODES as SANDBOX_CODES } from './zvcms-data.js';
