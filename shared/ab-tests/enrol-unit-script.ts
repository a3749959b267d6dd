/**
 * Which variant a unit has, and who was first to say so. An enrolment is a text that the script does not read.
 *
 * The units of a test are kept by periods of time. Whoever asks for a unit has it written into the present period, so
 * that each period's hash holds all units that were asked for in it, and a hash may be dropped when the period after
 * it has ended. Processes' clocks may differ by up to a period: the next one is looked at as well, and first, for what
 * is there was written last.
 *
 * KEYS  1 enrolments of this period  2 of the period before  3 of the period after
 * ARGV  1 unit  2 enrolment if the unit has none, '' for only asking  3 an enrolment that counts as none, '' for none
 *       4 when this period's hash may be dropped, ms  5 the most units of a period
 * GIVES {1, enrolment} what the unit has from now on · {0} it has none: none was given, or there are too many units
 */
export const ENROL_UNIT_SCRIPT = `
local unit, given, replaced = ARGV[1], ARGV[2], ARGV[3]
local next_held = redis.call('HGET', KEYS[3], unit)
local present_held = redis.call('HGET', KEYS[1], unit)
local held = next_held or present_held or redis.call('HGET', KEYS[2], unit)

local replaces = held and held == replaced
if replaces then held = false end
if not held and given == '' then return {0} end
local has_room = present_held or redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5])
if not has_room then
  if held then return {1, held} end
  return {0}
end

if replaces then
  redis.call('HDEL', KEYS[2], unit)
  redis.call('HDEL', KEYS[3], unit)
end
local enrolment = held or given
if present_held ~= enrolment then
  redis.call('HSET', KEYS[1], unit, enrolment)
  redis.call('PEXPIREAT', KEYS[1], ARGV[4])
end
return {1, enrolment}
`
