import { aggregate } from './aggregate.ts'
import { bulkWrite } from './bulk-write.ts'
import type { Handler } from './command.ts'
import { count } from './count.ts'
import { getMore, killCursors } from './cursor-commands.ts'
import { distinct } from './distinct.ts'
import { find } from './find.ts'
import { findAndModify } from './find-and-modify.ts'
import { insert } from './insert.ts'
import { remove, update } from './update.ts'

/** The commands that read and write documents. */
export const DATA_COMMANDS: Record<string, Handler> = {
  aggregate,
  bulkWrite,
  count,
  delete: remove,
  distinct,
  find,
  findAndModify,
  findandmodify: findAndModify,
  getMore,
  insert,
  killCursors,
  update,
}
