/**
 * The Lua scripts that change a workspace's live balance. All keys of one call carry one hash tag. Amounts are whole
 * nano-dollars; a double holds them exactly up to 2^53 (nine million dollars), and INCRBY is a 64-bit integer anyway.
 */

/**
 * KEYS  1 balance  2 reservations (hash: id → amount)  3 deadlines (sorted set: id by time)
 * ARGV  triples: generation id, amount, deadline in ms
 * GIVES for each, in order: 1, balance after (reserved) · 0, balance (too little) · -1, 0 (no balance is known)
 * Each is decided on its own, after those before it: a dear call that is refused does not stop a cheap one behind it.
 */
export const RESERVE_SCRIPT = `
local balance = redis.call('GET', KEYS[1])
local results = {}
if not balance then
  for index = 1, #ARGV, 3 do
    results[#results + 1] = -1
    results[#results + 1] = 0
  end
  return results
end
balance = tonumber(balance)
local held = 0
for index = 1, #ARGV, 3 do
  local amount = tonumber(ARGV[index + 1])
  local granted = balance > 0 and balance >= amount
  if granted then
    balance = balance - amount
    held = held + amount
    redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1])
    redis.call('ZADD', KEYS[3], ARGV[index + 2], ARGV[index])
  end
  results[#results + 1] = granted and 1 or 0
  results[#results + 1] = balance
end
if held > 0 then redis.call('DECRBY', KEYS[1], string.format('%.0f', held)) end
return results
`

/**
 * KEYS  1 balance  2 reservations  3 deadlines  4 settled (sorted set: id by time of settlement)
 * ARGV  1 now, ms  2 how long a settlement is remembered, ms  then pairs: generation id, charge
 * GIVES {1, balance after} · {0, 0} where no balance is known: nothing is changed, and the sweep seeds the balance from
 *       the ledger, which has the charges
 * A charge of 0 is a release. The second settlement of an id changes nothing.
 */
export const SETTLE_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
local change = 0
for index = 3, #ARGV, 2 do
  local id = ARGV[index]
  if redis.call('ZADD', KEYS[4], 'NX', ARGV[1], id) == 1 then
    local reserved = redis.call('HGET', KEYS[2], id) or 0
    change = change + tonumber(reserved) - tonumber(ARGV[index + 1])
    redis.call('HDEL', KEYS[2], id)
    redis.call('ZREM', KEYS[3], id)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', tonumber(ARGV[1]) - tonumber(ARGV[2]))
return {1, redis.call('INCRBY', KEYS[1], string.format('%.0f', change))}
`

/**
 * KEYS  1 balance  2 settled
 * ARGV  1 id of the entry  2 amount  3 now, ms
 * GIVES {1, balance after} · {0, 0} where no balance is known: nothing is changed
 * An entry is applied once.
 */
export const CREDIT_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
if redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1]) == 0 then return {1, tonumber(redis.call('GET', KEYS[1]))} end
return {1, redis.call('INCRBY', KEYS[1], ARGV[2])}
`

/**
 * KEYS  1 balance  2 reservations  3 deadlines
 * ARGV  1 now, ms  2 the most to give back at once
 * GIVES {id, amount, id, amount, …}: the reservations whose time was up and that were given back
 */
export const RELEASE_EXPIRED_SCRIPT = `
local released = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local amount = redis.call('HGET', KEYS[2], id)
  if amount then
    redis.call('INCRBY', KEYS[1], amount)
    redis.call('HDEL', KEYS[2], id)
    released[#released + 1] = id
    released[#released + 1] = amount
  end
  redis.call('ZREM', KEYS[3], id)
end
return released
`
