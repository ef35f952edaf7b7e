/** Connections of a pool, and how many wait for one. */
export interface PoolState {
  total: number;
  idle: number;
  waiting: number;
}
