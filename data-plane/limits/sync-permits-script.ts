/**
 * The Lua script by which a process keeps its lease on one limit in step with Redis. All keys carry the workspace's hash
 * tag. Numbers are whole; a double holds them exactly up to 2^53. Why a limit is never passed is proved in
 * `permit-account.ts`, with the side of the process.
 *
 *   window     hash: `born`, when this window began, by which a process knows it again · `latest` and `shift`, the clock
 *              as told below · `used`, the sum of the buckets · `held`, the sum of the leases · `first`, before which
 *              no bucket is · and a field for each bucket of a quarter of a second: permits that were told as used then
 *   leases     hash: process → `outstanding sequence`: permits it may use, or has used and not told yet
 *   deadlines  sorted set: process by the time at which its lease ends unless it is heard of
 *
 * A bucket counts until it is 60.5 to 60.75 s old: the minute, and half a second for what a provider or a caller sees a
 * moment after the permit was used. The clock is Redis's own, and never goes back: when TIME does, it goes on from the
 * latest time that was seen (`shift`), so that no bucket leaves too early.
 *
 * KEYS  1 window  2 leases  3 deadlines
 * ARGV  1 process  2 sequence, rising  3 the limit  4 how long the lease holds, ms
 *       5 `window`: used permits count for a minute · `slots`: only what is held counts
 *       6 kept: permits it holds on to  7 idle permits it would like to have beside them
 *       8 used: since it told last, leased or not  9 the window it knows, by `born`, or 0
 *       10 used in the last minute and told before: counts where the window is not the one it knows
 *       11 how many refunds follow, as pairs: bucket, permits that were told as used in it and were not
 *       then for each waiting call: the permits it needs
 * GIVES {0} a later word came before: nothing is changed
 *       {1, kept, slice, counted, tight, bucket, born, until a bucket leaves, until the first refused call
 *       would fit; both ms, then for each waiting call: 1 granted · 0 refused}
 *       counted: permits of the window's buckets, or slots that other processes hold.
 *       kept: less than was asked only where the limit fell or was passed by what could not be known before.
 *       slice: idle permits added, at most an equal share of half of what is left.
 *       tight: 1 when that is less than was asked for.
 *       Calls are granted in their order, each wholly or not at all. None is held up by a larger one before it.
 */
export function syncPermitsScript(clock: string = REDIS_CLOCK): string {
  return `${clock}\n${SYNC_PERMITS}`
}

/** The script's first lines; a test puts a clock of its own in their place. */
const REDIS_CLOCK = `
local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

const SYNC_PERMITS = `
local BUCKET_MS, BUCKETS = 250, 243
local KEEP_MS = 120000
local id, sequence, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local is_window = ARGV[5] == 'window'

local outstanding = nil
local lease = redis.call('HGET', KEYS[2], id)
if lease then
  local text_outstanding, text_sequence = string.match(lease, '^(%d+) (%d+)$')
  if sequence <= tonumber(text_sequence) then return {0} end
  outstanding = tonumber(text_outstanding)
end

local state = redis.call('HMGET', KEYS[1], 'born', 'latest', 'shift', 'used', 'held', 'first')
local born, shift, used, held = tonumber(state[1]), tonumber(state[3] or 0), tonumber(state[4] or 0), tonumber(state[5] or 0)
local now = math.max(clock + shift, tonumber(state[2] or 0))
shift = now - clock
local bucket = math.floor(now / BUCKET_MS)
local first = tonumber(state[6] or bucket)
if not born then
  born = now
  redis.call('DEL', KEYS[2], KEYS[3])
  outstanding = nil
end

local function count(field, permits)
  if permits == 0 then return end
  if redis.call('HINCRBY', KEYS[1], field, permits) == 0 then redis.call('HDEL', KEYS[1], field) end
  used = used + permits
end

local oldest = bucket - BUCKETS + 1
if first < oldest then
  if oldest - first >= BUCKETS then
    redis.call('DEL', KEYS[1])
    used = 0
  end
  local index = first
  while used > 0 and index < oldest do
    local counted = redis.call('HGET', KEYS[1], index)
    if counted then count(index, -tonumber(counted)) end
    index = index + 1
  end
  first = oldest
end

-- The dead: what they held counts as used when their time was up, after which they use nothing.
local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 100)
for index = 1, #ended, 2 do
  local other, last = ended[index], math.floor(tonumber(ended[index + 1]) / BUCKET_MS)
  if other ~= id then
    local dead = redis.call('HGET', KEYS[2], other)
    local lost = dead and tonumber(string.match(dead, '^%d+')) or 0
    held = held - lost
    if is_window and last >= oldest then
      count(last, lost)
      first = math.min(first, last)
    end
    redis.call('HDEL', KEYS[2], other)
    redis.call('ZREM', KEYS[3], other)
  end
end

held = held - (outstanding or 0)
count(bucket, tonumber(ARGV[8]))
local needs_from = 12 + 2 * tonumber(ARGV[11])
if tonumber(ARGV[9]) == born then
  for index = 12, needs_from - 1, 2 do
    local refunded = tonumber(ARGV[index])
    local counted = refunded >= oldest and tonumber(redis.call('HGET', KEYS[1], refunded) or 0) or 0
    count(refunded, -math.min(counted, tonumber(ARGV[index + 1])))
  end
else
  count(bucket, tonumber(ARGV[10]))
end
while first < bucket and (used == 0 or redis.call('HEXISTS', KEYS[1], first) == 0) do
  if used == 0 then first = bucket else first = first + 1 end
end

local room = limit - used - held
local kept = math.min(tonumber(ARGV[6]), math.max(room, 0))
room = room - kept
local granted, refused = 0, nil
local outcomes = {}
for index = needs_from, #ARGV do
  local need = tonumber(ARGV[index])
  if need <= room then
    room = room - need
    granted = granted + need
    outcomes[#outcomes + 1] = 1
  else
    refused = refused or need
    outcomes[#outcomes + 1] = 0
  end
end

local holders = redis.call('HLEN', KEYS[2])
if not outstanding then holders = holders + 1 end
local wanted = tonumber(ARGV[7])
local slice = math.min(wanted, math.floor(math.max(room, 0) / (2 * holders)))
if refused then slice = 0 end
local tight = refused or slice < wanted

local function leaves_in(index) return (index + BUCKETS) * BUCKET_MS - now end
local reset = 0
if used > 0 then reset = leaves_in(first) end
local retry = 0
if refused then
  local missing = refused - room
  local index = first
  while missing > 0 and used > 0 and index <= bucket do
    missing = missing - tonumber(redis.call('HGET', KEYS[1], index) or 0)
    retry = leaves_in(index)
    index = index + 1
  end
  -- What others hold may come back at any time.
  if missing > 0 then retry = math.min(math.max(retry, 1), 1000) end
end

local counted = is_window and used or held
local holds = kept + granted + slice
held = held + holds
redis.call('HSET', KEYS[1], 'born', string.format('%.0f', born), 'latest', string.format('%.0f', now),
  'shift', string.format('%.0f', shift), 'used', string.format('%.0f', used), 'held', string.format('%.0f', held),
  'first', string.format('%.0f', first))
redis.call('PEXPIRE', KEYS[1], KEEP_MS)
-- Without permits too: by its sequence an older word that comes late is known.
redis.call('HSET', KEYS[2], id, string.format('%.0f %.0f', holds, sequence))
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[4]), id)
redis.call('PEXPIRE', KEYS[2], KEEP_MS)
redis.call('PEXPIRE', KEYS[3], KEEP_MS)
return {1, kept, slice, counted, tight and 1 or 0, bucket, born, reset, retry, unpack(outcomes)}
`
