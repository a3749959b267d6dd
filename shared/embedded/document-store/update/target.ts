import { CommandError } from '../errors.ts'
import { isPosition } from '../query/paths.ts'
import { type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import { shellText } from '../values/shell-text.ts'

const MAX_PADDING = 1_500_000

/** The value at an exact path of a document, array positions included; undefined where there is none. */
export function readTarget(document: Fields, path: readonly string[]): Value {
  let value: Value = document
  for (const segment of path) {
    if (Array.isArray(value)) value = isPosition(segment) ? value[Number(segment)] : undefined
    else if (isFields(value)) value = Object.hasOwn(value, segment) ? value[segment] : undefined
    else return undefined
  }
  return value
}

/** Sets the value at a path, making the documents on the way. Throws where something on the way cannot hold a field. */
export function writeTarget(document: Fields, path: readonly string[], value: Value): void {
  let holder: Fields | Value[] = document
  for (let depth = 0; depth < path.length - 1; depth++) {
    const segment = path[depth] ?? ''
    const next = readField(holder, segment, path)
    if (next === undefined) {
      const made: Fields = {}
      writeField(holder, made, { segment, path })
      holder = made
    } else if (isFields(next) || Array.isArray(next)) {
      holder = next
    } else {
      throw new CommandError(
        28,
        `Cannot create field '${path[depth + 1]}' in element ${shellText({ [segment]: next })}`,
      )
    }
  }
  writeField(holder, value, { segment: path.at(-1) ?? '', path })
}

/** Removes the field at a path; an array element becomes null, so that the others keep their places. */
export function removeTarget(document: Fields, path: readonly string[]): void {
  const holder = readTarget(document, path.slice(0, -1))
  const name = path.at(-1) ?? ''
  if (Array.isArray(holder)) {
    if (isPosition(name) && Number(name) < holder.length) holder[Number(name)] = null
  } else if (isFields(holder)) {
    delete holder[name]
  }
}

function readField(holder: Fields | Value[], segment: string, path: readonly string[]): Value {
  if (!Array.isArray(holder)) return Object.hasOwn(holder, segment) ? holder[segment] : undefined
  if (!isPosition(segment)) throw notAPosition(holder, segment, path)
  return holder[Number(segment)]
}

/** The whole path is there for the error message. */
interface Place {
  segment: string
  path: readonly string[]
}

function writeField(holder: Fields | Value[], value: Value, { segment, path }: Place): void {
  if (!Array.isArray(holder)) return setField(holder, segment, value)
  if (!isPosition(segment)) throw notAPosition(holder, segment, path)
  const position = Number(segment)
  if (position - holder.length > MAX_PADDING) {
    throw new CommandError(2, `can't backfill more than ${MAX_PADDING} elements`)
  }
  while (holder.length < position) holder.push(null)
  holder[position] = value
}

function notAPosition(holder: Value[], segment: string, path: readonly string[]): CommandError {
  const at = path.lastIndexOf(segment)
  const name = at > 0 ? (path[at - 1] ?? '') : ''
  return new CommandError(28, `Cannot create field '${segment}' in element ${shellText({ [name]: holder })}`)
}
