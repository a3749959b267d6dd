import type { Redis } from '../redis/connect.ts'

export type Script = (...keysAndArguments: (string | number)[]) => Promise<number[]>

/** Makes a function of a Lua script. The client sends the script's hash, and its text when the server lacks it. */
export function defineScript(redis: Redis, script: { name: string; keys: number; lua: string }): Script {
  redis.defineCommand(script.name, { numberOfKeys: script.keys, lua: script.lua })
  const command: unknown = Reflect.get(redis, script.name)
  if (typeof command !== 'function') throw new TypeError(`the client has no command ${script.name}`)
  return (...values) => Reflect.apply(command, redis, values)
}
