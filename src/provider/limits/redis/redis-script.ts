/**
 * All that Redis does, as one script: a command of it is atomic, and only Redis' own clock counts, since those of the
 * processes differ. It counts as the limiter in memory does (`SlidingWindow`, `LearnedBucket`).
 *
 * KEYS: 1 hash of sums and learned limits · 2 leases of calls that are not answered, by their end · 3 tokens by call ·
 *       from 4 on one sorted set for each window: calls by the time of their answer
 * ARGV: 1 command · 2 generation of the data that the process knows, or "" · 3 name of a new one if there is none · 4 hold (ms) after a loss ·
 *       5 lease (ms) · 6 renewal (ms) · 7 number of windows · for each: period, calls, tokens (-1: no limit) · arguments
 * Reply: status (1 taken or done, 0 wait, -1 the store lost what this process knew) · wait (ms) · 1 if it may be shorter ·
 *        pause (ms) · generation · 1 if a learned limit of calls per minute is known · calls and tokens taken so far ·
 *        for each window: calls and tokens used
 */
export const REDIS_SCRIPT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local state, open, sizes = KEYS[1], KEYS[2], KEYS[3]
local command, known = ARGV[1], ARGV[2]
local lease, renewal = tonumber(ARGV[5]), tonumber(ARGV[6])
local function text(n) return string.format('%.6f', n) end
local function get(field) return tonumber(redis.call('HGET', state, field) or '0') end
local function put(field, n) redis.call('HSET', state, field, text(n)) end
local function grow(field, n) put(field, get(field) + n) end

local windows, longest = {}, nil
local args = 8
for i = 1, tonumber(ARGV[7]) do
  local w = { key = KEYS[3 + i], period = tonumber(ARGV[args]), calls = tonumber(ARGV[args + 1]), tokens = tonumber(ARGV[args + 2]) }
  w.sum = 'w:' .. ARGV[args]
  windows[i] = w
  if not longest or w.period > longest.period then longest = w end
  args = args + 3
end

-- Learned limits: buckets that refill evenly.
local metrics = { 'requestsPerMinute', 'requestsPerDay', 'tokensPerMinute', 'tokensPerDay' }
local function of_tokens(metric) return string.sub(metric, 1, 6) == 'tokens' end
local function period_of(metric) return string.sub(metric, -3) == 'Day' and 86400000 or 60000 end
local function refill(metric)
  local limit = get(metric .. ':limit')
  if limit == 0 then return nil end
  local level = math.min(limit, get(metric .. ':level') + (now - get(metric .. ':at')) * limit / period_of(metric))
  put(metric .. ':level', level)
  put(metric .. ':at', now)
  return limit, level
end
local function take(calls, tokens)
  for _, metric in ipairs(metrics) do
    if refill(metric) then grow(metric .. ':level', of_tokens(metric) and -tokens or -calls) end
  end
  grow('takenCalls', calls)
  grow('takenTokens', math.max(0, tokens))
end

local function log(id, tokens, at)
  for _, w in ipairs(windows) do
    if w.period > now - at and redis.call('ZADD', w.key, text(at), id) == 1 then grow(w.sum, tokens) end
  end
  if longest and longest.period > now - at then redis.call('HSET', sizes, id, text(tokens)) else redis.call('HDEL', sizes, id) end
end
local function size(id) return tonumber(redis.call('HGET', sizes, id) or '0') end
local function close(id)
  if redis.call('ZREM', open, id) == 0 then return false end
  grow('openTokens', -size(id))
  return true
end

-- A process that died did not tell how its calls ended: they count from the last moment at which it can have lived.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', open, '-inf', text(now), 'LIMIT', 0, 1000)) do
  local at = math.min(now, tonumber(redis.call('ZSCORE', open, id)) - lease + renewal)
  local tokens = size(id)
  close(id)
  take(1, tokens)
  log(id, tokens, at)
end
for _, w in ipairs(windows) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', w.key, '-inf', text(now - w.period), 'LIMIT', 0, 1000)) do
    grow(w.sum, -size(id))
    redis.call('ZREM', w.key, id)
    if w == longest or string.sub(id, 1, 1) == 'r' then redis.call('HDEL', sizes, id) end
  end
end

local function reply(status, wait, early)
  local keep = 3600000
  if longest then keep = math.max(keep, longest.period * 2) end
  if get('requestsPerDay:limit') + get('tokensPerDay:limit') > 0 then keep = math.max(keep, 86400000) end
  local answer = { status, text(wait or 0), early and 1 or 0, text(math.max(0, get('pause') - now)),
    redis.call('HGET', state, 'generation'), get('requestsPerMinute:limit') > 0 and 1 or 0,
    text(get('takenCalls')), text(get('takenTokens')) }
  local waiting, tokens = redis.call('ZCARD', open), get('openTokens')
  for _, w in ipairs(windows) do
    answer[#answer + 1] = redis.call('ZCARD', w.key) + waiting
    answer[#answer + 1] = text(get(w.sum) + tokens)
  end
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, string.format('%.0f', keep)) end
  return answer
end

-- A restarted Redis has lost the calls of the last period. Each process tells it again what it made; until all had time to
-- do so, no call is admitted.
local generation = redis.call('HGET', state, 'generation')
if not generation then
  generation = ARGV[3]
  redis.call('HSET', state, 'generation', generation)
  put('begun', now)
end
if known ~= '' and known ~= generation then
  put('hold', math.max(get('hold'), get('begun') + tonumber(ARGV[4])))
  return reply(-1)
end

local id, tokens = ARGV[args], tonumber(ARGV[args + 1] or '0')

if command == 'reserve' then
  local wait, early = math.max(0, get('pause') - now, get('hold') - now), false
  local openCalls, openTokens = redis.call('ZCARD', open), get('openTokens')
  for _, w in ipairs(windows) do
    local logged = redis.call('ZCARD', w.key)
    local over = w.calls >= 0 and logged + openCalls + 1 - w.calls or 0
    if over > 0 then
      early = early or openCalls > 0
      local oldest = over <= logged and redis.call('ZRANGE', w.key, over - 1, over - 1, 'WITHSCORES')[2]
      wait = math.max(wait, oldest and tonumber(oldest) + w.period - now or w.period)
    end
    local excess = w.tokens >= 0 and tokens > 0 and get(w.sum) + openTokens + tokens - w.tokens or 0
    if excess > 0.0001 then
      early = true
      local at, free = 0, w.period
      while excess > 0.0001 and at < logged do
        local chunk = redis.call('ZRANGE', w.key, at, at + 99, 'WITHSCORES')
        for i = 1, #chunk, 2 do
          excess = excess - size(chunk[i])
          if excess <= 0.0001 then free = tonumber(chunk[i + 1]) + w.period - now break end
        end
        at = at + 100
      end
      wait = math.max(wait, free)
    end
  end
  for _, metric in ipairs(metrics) do
    local limit, level = refill(metric)
    if limit then
      local cost = of_tokens(metric) and math.min(tokens, limit) or 1
      local missing = cost - (level - (of_tokens(metric) and openTokens or openCalls))
      if cost > 0 and missing > 0.000001 then
        early = early or openCalls > 0
        wait = math.max(wait, missing * period_of(metric) / limit)
      end
    end
  end
  if wait > 0 then return reply(0, wait, early) end
end

if command == 'reserve' or command == 'open' then
  if redis.call('ZADD', open, text(now + lease), id) == 1 then
    redis.call('HSET', sizes, id, text(tokens))
    grow('openTokens', tokens)
  end
elseif command == 'answered' then
  -- ARGV: id, tokens, age. One that is known already is moved to the later time.
  local at = now - tonumber(ARGV[args + 2])
  if close(id) or redis.call('HEXISTS', sizes, id) == 0 then take(1, tokens) end
  log(id, tokens, at)
elseif command == 'settle' then
  -- ARGV: id, tokens reserved, tokens used
  local used = tonumber(ARGV[args + 2])
  for _, w in ipairs(windows) do
    if redis.call('ZSCORE', w.key, id) then grow(w.sum, used - size(id)) end
  end
  if redis.call('HEXISTS', sizes, id) == 1 then redis.call('HSET', sizes, id, text(used)) end
  take(0, used - tokens)
elseif command == 'giveBack' then
  if close(id) then redis.call('HDEL', sizes, id) end
elseif command == 'renew' then
  for i = args, #ARGV do redis.call('ZADD', open, 'XX', text(now + lease), ARGV[i]) end
elseif command == 'pause' then
  put('pause', math.max(get('pause'), now + tonumber(id)))
elseif command == 'follow' then
  -- ARGV: metric, limit, at least left, at most left; of the call that was answered: milliseconds since it was admitted,
  -- what was taken before it (-1: not known), what it took
  local metric, limit = id, tokens
  local least, most, age = tonumber(ARGV[args + 2]), tonumber(ARGV[args + 3]), tonumber(ARGV[args + 4])
  local before, own = tonumber(ARGV[args + 5]), tonumber(ARGV[args + 6])
  local first = not refill(metric)
  put(metric .. ':limit', limit)
  put(metric .. ':at', now)
  local openSum = of_tokens(metric) and get('openTokens') or redis.call('ZCARD', open)
  most = math.min(limit, most + age * limit / period_of(metric)) + openSum
  local level = first and least or math.min(get(metric .. ':level'), most)
  if before >= 0 then
    local others = math.max(0, get(of_tokens(metric) and 'takenTokens' or 'takenCalls') - before - own)
    level = math.max(level, math.min(least - others, most))
  end
  put(metric .. ':level', math.min(limit, level))
elseif command == 'refused' then
  -- ARGV: metric, limit, used. Calls under way are in the figures already, or will be refused as well.
  put(id .. ':limit', tokens)
  put(id .. ':at', now)
  put(id .. ':level', tokens - tonumber(ARGV[args + 2]) + (of_tokens(id) and get('openTokens') or redis.call('ZCARD', open)))
elseif command == 'restore' then
  -- ARGV: window, then id, tokens and age of each call
  local w = windows[tonumber(id)]
  for i = args + 1, #ARGV, 3 do
    local at, sum = now - tonumber(ARGV[i + 2]), tonumber(ARGV[i + 1])
    if w and redis.call('ZADD', w.key, text(at), ARGV[i]) == 1 then
      grow(w.sum, sum)
      redis.call('HSET', sizes, ARGV[i], text(sum))
    end
  end
end
return reply(1)
`;
