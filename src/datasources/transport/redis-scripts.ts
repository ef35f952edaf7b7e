/** What Redis runs in one piece, by its own clock. */

const COUNT = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[1])
local due = tonumber(ARGV[2])
local function count(at)
  redis.call('ZADD', KEYS[1], string.format('%.0f', at), ARGV[3])
  redis.call('PEXPIRE', KEYS[1], math.ceil((due + window) / 1000))
end
`;

/**
 * The sliding window of LocalRateLimiter: a sorted set of calls by when they left; who did not yet is put so far ahead as
 * they may take. KEYS[1]: what is limited. ARGV: the window and that time, in microseconds, a name for the call, and the
 * limit. Answers 0 where the call may start, else the microseconds until one may.
 */
export const TRY_ACQUIRE = `${COUNT}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[4]) then
  count(now + due)
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, math.min(oldest[2], now) + window - now)
`;

/** To be run when the call leaves, with the same KEYS and the first three of ARGV. */
export const LEAVE = `${COUNT}
count(now)
`;

const NOW_MS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Keeps a hold and tells everybody. KEYS[1]: the holds by their ends, and the channel. ARGV: what is held, and its milliseconds. */
export const HOLD = `${NOW_MS}
local ends = now + ARGV[2]
if ends > tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) then
  redis.call('ZADD', KEYS[1], ends, ARGV[1])
  redis.call('PUBLISH', KEYS[1], ARGV[2] .. ' ' .. ARGV[1])
end
`;

/**
 * KEYS: the holds, and a set of processes for each vendor. ARGV: this process, and the milliseconds for which it is to
 * count. Answers how many share a vendor at the most, and then each hold with the milliseconds that are left of it.
 */
export const ANNOUNCE = `${NOW_MS}
local most = 0
for place = 2, #KEYS do
  redis.call('ZADD', KEYS[place], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[place], '-inf', now - ARGV[2])
  redis.call('PEXPIRE', KEYS[place], ARGV[2])
  most = math.max(most, redis.call('ZCARD', KEYS[place]))
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local answer = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for place = 2, #answer, 2 do answer[place] = answer[place] - now end
table.insert(answer, 1, most)
return answer
`;
