/**
 * The Lua scripts that change the live balance of an account: a workspace's credits, or a budget's. All keys of one call
 * carry one hash tag. Amounts are whole nano-dollars; a double holds them exactly up to 2^53 (nine million dollars).
 *
 * After each of them: balance + what leases hold + charges settled = credits given, or what the budget allows. The proof is in
 * `data-plane/leases/lease-account.ts`, with the side of the process that holds a lease.
 *
 *   balance      text: what is free and in no lease; below zero only by charges that were higher than was reserved
 *   leases       hash: lease id → `outstanding committed sequence answered`. Committed is the part of outstanding that
 *                calls under way hold and charges not reported yet; the rest is idle. Answered is the last recall
 *                after which the lease gave its idle money back.
 *   deadlines    sorted set: lease id by the time at which it is released unless its process is heard of
 *   settled      sorted set: id of a batch of records, of a record or of an entry by the time until which it is remembered:
 *                a week from when it is first told, and minutes from when the ledger has it
 *   recalls      text: how often idle money was asked back
 *   unrecorded   hash: id of a settlement → charge, of those that a process or the worker told and the ledger may not have yet
 *   allowance    text: what a budget allows; credits have none
 */

const LEASE_FORM = `
local function read_lease(text)
  local outstanding, committed, sequence, answered = string.match(text, '^(%d+) (%d+) (%d+) (%d+)$')
  return tonumber(outstanding), tonumber(committed), tonumber(sequence), tonumber(answered)
end
local function write_lease(outstanding, committed, sequence, answered)
  return string.format('%.0f %.0f %.0f %.0f', outstanding, committed, sequence, answered)
end
`

/** Two commands for many settlements: which of them are new, and remember those. */
const REMEMBER_SETTLED = `
local function remember_new(key, items, until_ms)
  if #items == 0 then return {} end
  local ids = {}
  for index, item in ipairs(items) do ids[index] = item.id end
  local known = redis.call('ZMSCORE', key, unpack(ids))
  local fresh, remembered, seen = {}, {}, {}
  for index, item in ipairs(items) do
    if not known[index] and not seen[item.id] then
      seen[item.id] = true
      fresh[#fresh + 1] = item
      remembered[#remembered + 1] = until_ms
      remembered[#remembered + 1] = item.id
    end
  end
  if #fresh > 0 then redis.call('ZADD', key, unpack(remembered)) end
  return fresh
end
`

/**
 * One word from a process about its lease. It says what it keeps and not what it changes, so that it may be lost,
 * applied without an answer, or repeated: the next one puts everything right.
 *
 * KEYS  1 balance  2 leases  3 deadlines  4 settled  5 recalls  6 unrecorded
 * ARGV  1 lease id  2 sequence, rising  3 now, ms  4 deadline of the lease, ms  5 remember settlements until, ms
 *       6 committed: what it keeps for calls under way and charges not among these  7 free: what it keeps idle
 *       8 the idle money it would like to have  9 the least that is of use to it  10 the channel of recalls
 *       11 the account  12 how many settlements follow
 *       then pairs: id of the settlement, charge · then pairs: amount a waiting call needs, the recall it waits for or 0
 * GIVES {0} no balance is known: nothing is changed · {2} a later word came before: nothing is changed
 *       {1, kept, slice, tight, available, then for each need: 1 granted · 0 refused · -n ask again, recall n is out}
 *       kept: what the lease holds of committed + free. Less than that only when the lease was lost or money is owed.
 *       slice: idle money added, at most an equal share of half of what is left.
 *       tight: 1 when such a share is less than is of use, so that each call must ask.
 *       available: what no call holds, in the balance and in all leases, as far as they have told.
 * A need is refused for good when the other leases hold too little to cover it, or when each that holds anything has
 * given back its idle money after the recall. Each need is decided on its own, after those before it.
 */
export const SYNC_LEASE_SCRIPT = `
${LEASE_FORM}
${REMEMBER_SETTLED}
local balance = redis.call('GET', KEYS[1])
if not balance then return {0} end
local id = ARGV[1]
local outstanding, sequence, answered = 0, 0, 0
local free = tonumber(ARGV[7])
local lease = redis.call('HGET', KEYS[2], id)
if lease then
  local _committed
  outstanding, _committed, sequence, answered = read_lease(lease)
  if tonumber(ARGV[2]) <= sequence then return {2} end
else
  free = 0
end

local pool = tonumber(balance) + outstanding
local needs_from = 13 + 2 * tonumber(ARGV[12])
local told = {}
for index = 13, needs_from - 1, 2 do
  told[#told + 1] = { id = ARGV[index], charge = tonumber(ARGV[index + 1]) }
end
local unrecorded = {}
for _, settlement in ipairs(remember_new(KEYS[4], told, ARGV[5])) do
  pool = pool - settlement.charge
  unrecorded[#unrecorded + 1] = settlement.id
  unrecorded[#unrecorded + 1] = string.format('%.0f', settlement.charge)
end
if #unrecorded > 0 then redis.call('HSET', KEYS[6], unpack(unrecorded)) end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[3])

local committed = tonumber(ARGV[6])
local kept = math.min(committed + free, math.max(pool, 0))
pool = pool - kept
local granted, refused = 0, 0
local outcomes = {}
for index = needs_from, #ARGV, 2 do
  local amount = tonumber(ARGV[index])
  if pool > 0 and pool >= amount then
    pool = pool - amount
    granted = granted + amount
    outcomes[#outcomes + 1] = 1
  else
    refused = refused + 1
    outcomes[#outcomes + 1] = 0
  end
end

local holders = redis.call('HLEN', KEYS[2])
if not lease then holders = holders + 1 end
local share = math.floor(math.max(pool, 0) / (2 * holders))
local tight = share < tonumber(ARGV[9])
local slice = 0
if not tight and refused == 0 then slice = math.max(0, math.min(tonumber(ARGV[8]) - free, share)) end
pool = pool - slice

local recalls = tonumber(redis.call('GET', KEYS[5]) or 0)
local available = pool + math.max(0, kept - committed) + slice
local oldest_answer, elsewhere = nil, 0
if refused > 0 then
  local leases = redis.call('HGETALL', KEYS[2])
  for index = 1, #leases, 2 do
    if leases[index] ~= id then
      local other, other_committed, _sequence, other_answered = read_lease(leases[index + 1])
      available = available + math.max(0, other - other_committed)
      if other > 0 then oldest_answer = math.min(oldest_answer or other_answered, other_answered) end
      elsewhere = elsewhere + other
    end
  end
end
if oldest_answer then
  local recalled = false
  for index = 1, #outcomes do
    local amount = tonumber(ARGV[needs_from + 2 * index - 2])
    local waits_for = tonumber(ARGV[needs_from + 2 * index - 1])
    if outcomes[index] == 0 and pool + elsewhere >= amount then
      if waits_for == 0 then
        outcomes[index] = -(recalls + 1)
        recalled = true
      elseif oldest_answer < waits_for then
        outcomes[index] = -waits_for
      end
    end
  end
  if recalled then
    recalls = redis.call('INCR', KEYS[5])
    redis.call('PUBLISH', ARGV[10], ARGV[11])
  end
end
if free == 0 and slice == 0 then answered = recalls end

local holds = kept + granted + slice
if holds > 0 or committed > 0 then
  local visible = math.min(holds, committed + granted)
  redis.call('HSET', KEYS[2], id, write_lease(holds, visible, ARGV[2], answered))
  redis.call('ZADD', KEYS[3], ARGV[4], id)
elseif lease then
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
redis.call('SET', KEYS[1], string.format('%.0f', pool))
return {1, kept, slice, tight and 1 or 0, available, unpack(outcomes)}
`

/**
 * Takes off what calls cost, where their process may not have lived to say so. Each id counts once, whoever tells of it.
 *
 * KEYS  1 balance  2 leases  3 settled  4 unrecorded
 * ARGV  1 now, ms  2 remember these settlements until, ms  3 what the ledger has of them: `expected` nothing yet (they
 *       are unrecorded), `recorded` it has them since lately, `confirmed` for so long that they were taken off before
 *       then triples: id of the settlement, charge, id of its lease or ''
 * GIVES {1, balance after} · {0} where no balance is known: nothing is changed, and the sweep seeds the balance from the
 *       ledger, which has the charges
 * A charge comes out of its lease while that holds as much, else off the balance.
 */
export const SETTLE_SCRIPT = `
${LEASE_FORM}
${REMEMBER_SETTLED}
local balance = redis.call('GET', KEYS[1])
if not balance then return {0} end
balance = tonumber(balance)
local told, ids, unknown, unrecorded = {}, {}, {}, {}, {}
for index = 4, #ARGV, 3 do
  told[#told + 1] = { id = ARGV[index], charge = tonumber(ARGV[index + 1]), lease = ARGV[index + 2] }
  ids[#ids + 1] = ARGV[index]
end
if #ids > 0 and ARGV[3] ~= 'confirmed' then
  -- What a process told is taken, for however long the ledger has not had it.
  local taken = redis.call('HMGET', KEYS[4], unpack(ids))
  for index, settlement in ipairs(told) do if not taken[index] then unknown[#unknown + 1] = settlement end end
end
for _, settlement in ipairs(remember_new(KEYS[3], unknown, ARGV[2])) do
  local charge = settlement.charge
  unrecorded[#unrecorded + 1] = settlement.id
  unrecorded[#unrecorded + 1] = string.format('%.0f', charge)
  local lease = redis.call('HGET', KEYS[2], settlement.lease)
  if lease then
    local outstanding, committed, sequence, answered = read_lease(lease)
    local leased = math.min(charge, outstanding)
    charge = charge - leased
    committed = math.max(0, committed - leased)
    redis.call('HSET', KEYS[2], settlement.lease, write_lease(outstanding - leased, committed, sequence, answered))
  end
  balance = balance - charge
end
if ARGV[3] == 'expected' then
  if #unrecorded > 0 then redis.call('HSET', KEYS[4], unpack(unrecorded)) end
elseif #ids > 0 then
  -- Those that were known too: from now on they are remembered only as long as a record's.
  for _, id in ipairs(ids) do redis.call('ZADD', KEYS[3], ARGV[2], id) end
  redis.call('HDEL', KEYS[4], unpack(ids))
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', balance))
return {1, balance}
`

/**
 * KEYS  1 balance  2 settled
 * ARGV  1 id of the entry  2 amount  3 remember it until, ms
 * GIVES {1, balance after} · {0} where no balance is known: nothing is changed
 * An entry is applied once.
 */
export const CREDIT_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {0} end
if redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1]) == 0 then return {1, tonumber(redis.call('GET', KEYS[1]))} end
return {1, redis.call('INCRBY', KEYS[1], ARGV[2])}
`

/**
 * Sets the balance where none is known. It is the whole of the money, so leases that are still there end: their
 * processes notice, and take again what calls under way hold.
 *
 * KEYS  1 balance  2 leases  3 deadlines  4 settled  5 unrecorded  6 allowance
 * ARGV  1 balance  2 remember the settlements until, ms  3 remember those until, ms, that somebody has yet to tell of
 *       4 how many of these follow  then their ids  then ids of the other settlements that the balance contains
 * GIVES {1} set · {0} there is one: nothing is changed
 */
export const SEED_SCRIPT = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return {0} end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[5], KEYS[6])
for index = 5, #ARGV do
  local until_ms = ARGV[2]
  if index < 5 + tonumber(ARGV[4]) then until_ms = ARGV[3] end
  redis.call('ZADD', KEYS[4], 'NX', until_ms, ARGV[index])
end
return {1}
`

/**
 * Sets what a budget allows. It says how much that is, not how it changes, so that it may be repeated. Where it becomes
 * less, what processes hold idle is asked back, for all of them together to keep to it.
 *
 * KEYS  1 balance  2 allowance  3 recalls
 * ARGV  1 what it allows  2 the channel of recalls  3 the account
 * GIVES {1, balance after} · {0} where no balance is known: nothing is changed
 */
export const ALLOW_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {0} end
local change = tonumber(ARGV[1]) - tonumber(redis.call('GET', KEYS[2]) or 0)
redis.call('SET', KEYS[2], ARGV[1])
local balance = redis.call('INCRBY', KEYS[1], string.format('%.0f', change))
if change < 0 then
  redis.call('INCR', KEYS[3])
  redis.call('PUBLISH', ARGV[2], ARGV[3])
end
return {1, balance}
`

/**
 * KEYS  1 balance  2 leases  3 deadlines
 * ARGV  1 now, ms  2 the most to give back at once
 * GIVES {lease id, outstanding, committed, …}: the leases whose time was up and that were given back
 */
export const RELEASE_EXPIRED_SCRIPT = `
${LEASE_FORM}
local released = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local lease = redis.call('HGET', KEYS[2], id)
  if lease then
    local outstanding, committed = read_lease(lease)
    if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('INCRBY', KEYS[1], string.format('%.0f', outstanding)) end
    redis.call('HDEL', KEYS[2], id)
    released[#released + 1] = id
    released[#released + 1] = outstanding
    released[#released + 1] = committed
  end
  redis.call('ZREM', KEYS[3], id)
end
return released
`
