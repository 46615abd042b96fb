/**
 * All that Redis does, as one script: each run of it is atomic. It counts as the limiter in memory does (`SlidingWindow`,
 * `LearnedBucket`), and all of a quota lies in one hash, so that nothing of it can be lost alone.
 *
 * Time is Redis' own, since the clocks of processes differ. It begins at 0 with the data, and never goes back, even if the
 * server's clock does.
 *
 * A window is a row of slots, a 1024th of its period each: `1.293` holds the calls and tokens of slot 293 of the first window.
 * All of a slot counts until a period after its end: the window stays strict, and loses at most a thousandth of its rate.
 *
 * A process has one record (`p<id>`): when it counts as dead, its calls and tokens under way, and the number of its last
 * command. A command that comes twice, or late, has no further effect.
 *
 * KEYS: 1 the hash
 * ARGV: 1 generation of the data that the process knows, or "" · 2 name of a new one · 3 process · 4 number of the command ·
 *       5 the command (`RedisCommand`)
 * Returns a `RedisReply`. Both are JSON.
 */
export const REDIS_SCRIPT = `
local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local key, known, fresh, me, number = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local command = cjson.decode(ARGV[5])
-- Sums of fractions may be off by a rounding error.
local SLOTS, CHUNK, TOLERANCE = 1024, 200, 0.0001

local fields = { 'generation', 'offset', 'now', 'said', 'hold', 'takenCalls', 'takenTokens', 'openCalls', 'openTokens', 'due',
  'processes', 'windows', 'lastWindow', 'buckets', 'tickets' }
local state, changes = {}, {}
for i, value in ipairs(redis.call('HMGET', key, unpack(fields))) do state[fields[i]] = value or '' end
local function get(field) return tonumber(state[field]) or 0 end
local function put(field, value)
  state[field] = tostring(value)
  changes[field] = state[field]
end
local function words(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do list[#list + 1] = word end
  return list
end
local function numbers(text)
  local list = {}
  for i, word in ipairs(words(text or '')) do list[i] = tonumber(word) end
  return list
end

-- The generation of the data
local lost = state.generation == ''
if lost then
  redis.call('DEL', key)
  put('generation', fresh)
  put('offset', -clock)
end
local now = clock + get('offset')
if now < get('now') then
  put('offset', get('offset') + get('now') - now)
  now = get('now')
end
put('now', now)
lost = known ~= '' and known ~= state.generation

-- Windows
local windows, longest = {}, nil
local function save(w)
  changes['w' .. w.name] = table.concat({ tostring(w.period), tostring(w.head), tostring(w.last), tostring(w.calls), tostring(w.tokens), tostring(w.seen) }, ' ')
end
local function slot(w, n)
  local value = numbers(redis.call('HGET', key, w.name .. '.' .. n))
  return value[1] or 0, value[2] or 0
end
-- Calls and tokens of the slots that hold something, oldest first, until visit returns true
local function each(w, last, visit)
  local n = w.head
  while n <= last do
    local names, to = {}, math.min(last, n + CHUNK - 1)
    for i = n, to do names[#names + 1] = w.name .. '.' .. i end
    for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do
      if value then
        local calls, tokens = string.match(value, '^(%S+) (%S+)$')
        if visit(n + i - 1, tonumber(calls), tonumber(tokens)) then return end
      end
    end
    n = to + 1
  end
end
local function add(w, at, calls, tokens)
  local n = math.floor(at / w.slot)
  if (n + 1) * w.slot + w.period <= now then return end
  local before, sum = slot(w, n)
  redis.call('HSET', key, w.name .. '.' .. n, tostring(before + calls) .. ' ' .. tostring(sum + tokens))
  if w.head > w.last then w.head, w.last = n, n end
  w.head, w.last = math.min(w.head, n), math.max(w.last, n)
  w.calls, w.tokens = w.calls + calls, w.tokens + tokens
end
local function clear(w, to)
  if to < w.head then return end
  local over = {}
  each(w, to, function(n, calls, tokens)
    over[#over + 1] = w.name .. '.' .. n
    w.calls, w.tokens = w.calls - calls, w.tokens - tokens
  end)
  for i = 1, #over, CHUNK do redis.call('HDEL', key, unpack(over, i, math.min(#over, i + CHUNK - 1))) end
  w.head = to + 1
  if w.head > w.last then w.calls, w.tokens = 0, 0 end
end
local names = {}
for _, name in ipairs(words(state.windows)) do
  local value = numbers(redis.call('HGET', key, 'w' .. name))
  local w = { name = name, period = value[1], slot = value[1] / SLOTS, head = value[2], last = value[3], calls = value[4], tokens = value[5], seen = value[6] }
  if now - w.seen > w.period + 60000 then
    -- No process is configured with it any more.
    clear(w, w.last)
    redis.call('HDEL', key, 'w' .. name)
  else
    clear(w, math.min(w.last, math.floor((now - w.period) / w.slot) - 1))
    windows[#windows + 1], names[#names + 1] = w, name
    if not longest or w.period > longest.period then longest = w end
  end
end
put('windows', table.concat(names, ' '))
local limited = {}
for i, wanted in ipairs(command.windows) do
  local found
  for _, w in ipairs(windows) do if w.period == wanted[1] then found = w end end
  if not found then
    -- A new one, as after a rolling deployment, begins with what the longest one of before knows.
    put('lastWindow', get('lastWindow') + 1)
    local name = state.lastWindow
    found = { name = name, period = wanted[1], slot = wanted[1] / SLOTS, head = 0, last = -1, calls = 0, tokens = 0, seen = now }
    windows[#windows + 1] = found
    if longest then each(longest, longest.last, function(n, calls, tokens) add(found, (n + 1) * longest.slot, calls, tokens) end) end
    put('windows', state.windows .. ' ' .. name)
  end
  found.seen = now
  found.mostCalls = wanted[2] >= 0 and wanted[2] or math.huge
  found.mostTokens = wanted[3] >= 0 and wanted[3] or math.huge
  limited[i] = found
end

-- Buckets: limits learned from the server, which refill evenly
local buckets = {}
for _, name in ipairs(words(state.buckets)) do
  local value = numbers(redis.call('HGET', key, 'b' .. name))
  buckets[#buckets + 1] = { name = name, tokens = string.sub(name, 1, 1) == 't', period = value[1], limit = value[2],
    level = math.min(value[2], value[3] + (now - value[4]) * value[2] / value[1]), probed = value[5] }
end
local function bucket(counts, period, limit)
  for _, b in ipairs(buckets) do
    if b.tokens == (counts == 'tokens') and math.max(b.period, period) <= 1.1 * math.min(b.period, period) then
      b.limit, b.period = limit, period
      return b
    end
  end
  local b = { name = string.sub(counts, 1, 1) .. string.format('%.0f', period), tokens = counts == 'tokens', period = period, limit = limit, probed = now }
  -- No service has as many limits.
  if #buckets >= 16 then redis.call('HDEL', key, 'b' .. table.remove(buckets, 1).name) end
  buckets[#buckets + 1] = b
  local names = {}
  for i, one in ipairs(buckets) do names[i] = one.name end
  put('buckets', table.concat(names, ' '))
  return b
end
local function open(b) return b.tokens and get('openTokens') or get('openCalls') end
local function drain(calls, tokens)
  for _, b in ipairs(buckets) do b.level = math.min(b.limit, b.level - (b.tokens and tokens or calls)) end
end
local function count(at, calls, tokens)
  for _, w in ipairs(windows) do add(w, at, calls, tokens) end
  drain(calls, tokens)
  put('takenCalls', get('takenCalls') + calls)
  put('takenTokens', get('takenTokens') + math.max(0, tokens))
end

-- Processes. One that died did not tell how its calls ended: they count from the last moment at which it can have lived.
if now >= get('due') and state.processes ~= '' then
  local alive, due = {}, nil
  for _, id in ipairs(words(state.processes)) do
    local p = numbers(redis.call('HGET', key, 'p' .. id))
    if p[1] and p[1] <= now and id ~= me then
      count(math.min(now, p[1] - command.leaseMs + command.renewalMs), p[2], p[3])
      put('openCalls', get('openCalls') - p[2])
      put('openTokens', get('openTokens') - p[3])
      redis.call('HDEL', key, 'p' .. id)
    else
      alive[#alive + 1] = id
      if p[1] and id ~= me then due = math.min(due or p[1], p[1]) end
    end
  end
  put('processes', table.concat(alive, ' '))
  put('due', due or now + command.leaseMs)
end
local mine = numbers(redis.call('HGET', key, 'p' .. me))
local before = mine[4] or 0
if not mine[1] then
  put('processes', state.processes .. ' ' .. me)
  mine = { 0, 0, 0, 0 }
end
local function hold(calls, tokens)
  put('openCalls', math.max(0, get('openCalls') + calls - mine[2]))
  put('openTokens', math.max(0, get('openTokens') + tokens - mine[3]))
  mine[2], mine[3] = calls, tokens
end

local function finish(status, taken, wait, early)
  mine[1], mine[4] = now + command.leaseMs, math.max(number, before)
  changes['p' .. me] = table.concat({ tostring(mine[1]), tostring(mine[2]), tostring(mine[3]), tostring(mine[4]) }, ' ')
  put('due', get('due') > 0 and math.min(get('due'), mine[1]) or mine[1])
  local keep, rate, used = 3600000, false, {}
  for _, w in ipairs(windows) do
    save(w)
    keep = math.max(keep, 2 * w.period)
  end
  for _, b in ipairs(buckets) do
    changes['b' .. b.name] = table.concat({ tostring(b.period), tostring(b.limit), tostring(b.level), tostring(now), tostring(b.probed or now) }, ' ')
    keep = math.max(keep, 2 * b.period)
    rate = rate or (not b.tokens and b.period <= 66000)
  end
  for i, w in ipairs(limited) do used[i] = { w.calls + get('openCalls'), w.tokens + get('openTokens') } end
  local list = {}
  for field, value in pairs(changes) do
    list[#list + 1] = field
    list[#list + 1] = value
  end
  redis.call('HSET', key, unpack(list))
  redis.call('PEXPIRE', key, string.format('%.0f', keep))
  return cjson.encode({ status = status, generation = state.generation, before = before, taken = taken or 0, waitMs = wait or 0,
    early = early or false, pausedMs = math.max(0, get('said') - now), knowsCallRate = rate, takenCalls = get('takenCalls'),
    takenTokens = get('takenTokens'), used = used })
end

-- Redis was restarted, or evicted the hash. Each process tells again what it made in the last period; until all had time to do
-- so, no call is admitted.
if lost and not command.restore then
  if get('hold') == 0 then put('hold', now + command.recoveryMs) end
  number = before
  return finish('lost')
end
if number <= before then return finish('known') end

-- What became of calls
hold(command.open[1], command.open[2])
for _, call in ipairs(command.answered or {}) do count(now - call[1], call[2], call[3]) end
for _, call in ipairs(command.settled or {}) do
  for _, w in ipairs(windows) do
    local n = math.floor((now - call[1]) / w.slot)
    -- What is about to expire is left as it is: tokens that are no longer counted must not be given back.
    local lasts = (n + 1) * w.slot + w.period - now
    if n >= w.head and n <= w.last and (call[2] > 0 or lasts > math.max(50, w.slot)) then add(w, now - call[1], 0, call[2]) end
  end
  drain(0, call[2])
  put('takenTokens', get('takenTokens') + math.max(0, call[2]))
end
if command.drained then drain(command.drained[1], command.drained[2]) end

-- What answers told
for _, f in ipairs(command.followed or {}) do
  local b = bucket(f.counts, f.periodMs, f.limit)
  local most = math.min(b.limit, f.atMost + f.ageMs * b.limit / b.period) + open(b)
  local level = b.level and math.min(b.level, most) or f.atLeast
  if f.takenBefore >= 0 then
    local others = math.max(0, get(b.tokens and 'takenTokens' or 'takenCalls') - f.takenBefore - f.cost)
    level = math.max(level, math.min(f.atLeast - others, most))
  end
  b.level = math.min(b.limit, level)
end
for _, f in ipairs(command.refused or {}) do
  -- Calls under way were counted already, or will be refused as well: none of them takes anything more.
  local b = bucket(f.counts, f.periodMs, f.limit)
  local level = f.left + open(b)
  b.level = f.isLate and b.level and math.min(b.level, level) or level
  b.probed = now
end
if command.pauseMs then put('said', math.max(get('said'), now + command.pauseMs)) end
if command.resume then put('said', now) end
if command.restore then
  for _, restored in ipairs(command.restore.windows) do
    for _, w in ipairs(windows) do
      if w.period == restored[1] then for _, call in ipairs(restored[2]) do add(w, now - call[1], call[2], call[3]) end end
    end
  end
  for _, f in ipairs(command.restore.buckets) do
    local b = bucket(f.counts, f.periodMs, f.limit)
    b.level = math.min(b.level or b.limit, f.left + open(b))
  end
end

-- Tickets: the line of processes that wait for room. What the first of them needs is kept free for it.
local tickets, first = {}, nil
local function line(served, tokens, ends)
  local list = {}
  for _, t in ipairs(tickets) do if not (served and t.id == me) then list[#list + 1] = t.id .. ' ' .. tostring(t.tokens) .. ' ' .. tostring(t.ends) end end
  if tokens then list[#list + 1] = me .. ' ' .. tostring(tokens) .. ' ' .. tostring(ends) end
  put('tickets', table.concat(list, ' '))
end
local list, ticket = words(state.tickets), false
for i = 1, #list, 3 do
  local t = { id = list[i], tokens = tonumber(list[i + 1]), ends = tonumber(list[i + 2]) }
  if t.ends > now then
    tickets[#tickets + 1] = t
    if t.id == me then ticket = t end
  end
end
if tickets[1] and tickets[1].id ~= me then first = tickets[1] end
if command.withdraw and ticket then line(true) end

local probing = {}
local function wait_for(tokens)
  local wait, early = 0, false
  probing = {}
  local calls = get('openCalls') + (first and 1 or 0) + 1
  for _, w in ipairs(limited) do
    local over = w.calls + calls - w.mostCalls
    local cost = math.min(tokens, w.mostTokens)
    local excess = cost > 0 and w.tokens + get('openTokens') + (first and math.min(first.tokens, w.mostTokens) or 0) + cost - w.mostTokens or 0
    if over > 0 or excess > TOLERANCE then
      early = early or excess > TOLERANCE or first ~= nil or get('openCalls') > 0
      local free = w.period
      each(w, w.last, function(n, inSlot, sum)
        over, excess = over - inSlot, excess - sum
        if over <= 0 and excess <= TOLERANCE then
          free = (n + 1) * w.slot + w.period - now
          return true
        end
      end)
      wait = math.max(wait, free)
    end
  end
  for _, b in ipairs(buckets) do
    local cost = b.tokens and math.min(tokens, b.limit) or 1
    local kept = first and (b.tokens and math.min(first.tokens, b.limit) or 1) or 0
    local missing = cost + kept - (b.level - open(b))
    if cost > 0 and missing > TOLERANCE then
      local longer = missing * b.period / b.limit
      if longer > command.longestPauseMs and now - b.probed >= command.longestPauseMs then
        -- A figure may be wrong, and only another answer can tell.
        probing[#probing + 1] = b
      else
        early = early or first ~= nil or get('openCalls') > 0
        wait = math.max(wait, longer)
      end
    end
  end
  return wait, early
end

local taken, wait, early = 0, 0, false
if command.wanted and #command.wanted > 0 then
  wait = math.max(get('hold') - now, command.probe and 0 or get('said') - now, 0)
  early = wait > 0
  if wait == 0 then
    for _, tokens in ipairs(command.wanted) do
      wait, early = wait_for(tokens)
      if wait > 0 then
        local ends = now + (early and 0 or wait) + 3000
        if taken > 0 or not ticket then line(taken > 0, tokens, ends)
        else
          ticket.tokens, ticket.ends = tokens, ends
          line(false)
        end
        break
      end
      for _, b in ipairs(probing) do b.probed = now end
      taken = taken + 1
      hold(mine[2] + 1, mine[3] + tokens)
    end
    if wait == 0 and ticket then line(true) end
  end
end
return finish('done', taken, wait, early)
`;
