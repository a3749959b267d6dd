import mongoose, { type Connection } from 'mongoose'
import { StartError } from '../../shared/runtime/parse-environment.ts'

const REACH_LIMIT_MS = 5_000

/**
 * Opens the database. Later outages are the driver's to mend: it looks for a server for as long as the process lives.
 *
 * @throws StartError naming the variable when no server answers
 */
export async function connectDatabase(url: string): Promise<Connection> {
  const connection = mongoose.createConnection(url, {
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: REACH_LIMIT_MS,
  })
  try {
    return await connection.asPromise()
  } catch (error) {
    await connection.close(true).catch(() => undefined)
    throw new StartError(`MONGODB_URL: cannot reach a MongoDB server at ${withoutCredentials(url)}`, error)
  }
}

function withoutCredentials(url: string): string {
  const bare = url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '')
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}
