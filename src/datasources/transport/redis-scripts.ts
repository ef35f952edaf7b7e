/** What Redis runs in one piece, by its own clock. */

/**
 * The sliding window of LocalRateLimiter: a sorted set of the starts within the window. KEYS[1]: what is limited. ARGV: the
 * window in microseconds, the limit, a name for the start. Answers 0 where the start was counted, else the microseconds
 * until the oldest of them leaves the window.
 */
export const TRY_ACQUIRE = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
local started = redis.call('ZCARD', KEYS[1])
if started < tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), string.format('%.0f', now) .. ':' .. ARGV[3])
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, oldest[2] + window - now)
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
