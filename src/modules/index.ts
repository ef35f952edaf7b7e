import { registryOf } from './registry.js';
import { campus } from './campus.js';
import { zhima } from './zhima.js';
import { zvcms } from './zvcms.js';

export { type GraphModule, SOMEBODY } from './module.js';

/** THE REGISTRY. A new vendor is one more name here. */
export const {
  modules: MODULES,
  vendors: VENDORS,
  subgraphNames: SUBGRAPH_NAMES,
  scopes: SCOPES,
  graphOf,
} = registryOf([campus, zvcms, zhima]);
