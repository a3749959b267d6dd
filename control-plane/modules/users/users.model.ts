import { Schema, type Connection, type Model } from 'mongoose'

export interface User {
  readonly _id: string
  /** Lower case. */
  readonly email: string
  readonly name: string
  /** argon2id, in the PHC string format. */
  readonly passwordHash: string
  /** Runs the installation: the catalog, platform credentials, top-ups, users. */
  readonly isPlatformAdmin: boolean
  readonly createdAt: number
}

/** A token for programs, as good as its user until it is revoked or expires. */
export interface AdminToken {
  readonly _id: string
  readonly userId: string
  readonly name: string
  /** SHA-256, hex. */
  readonly hash: string
  readonly lastFour: string
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface UserModels {
  readonly users: Model<User>
  readonly adminTokens: Model<AdminToken>
}

export function createUserModels(connection: Connection): UserModels {
  const text = { type: String, required: true }
  const time = { type: Number, required: true }
  const users = new Schema<User>(
    {
      _id: text,
      email: text,
      name: { type: String, default: '' },
      passwordHash: text,
      isPlatformAdmin: { type: Boolean, required: true, default: false },
      createdAt: time,
    },
    { collection: 'users', versionKey: false },
  )
  users.index({ email: 1 }, { unique: true })

  const adminTokens = new Schema<AdminToken>(
    {
      _id: text,
      userId: text,
      name: text,
      hash: text,
      lastFour: text,
      createdAt: time,
      expiresAt: { type: Number, default: null },
    },
    { collection: 'admin_tokens', versionKey: false },
  )
  adminTokens.index({ hash: 1 }, { unique: true })
  adminTokens.index({ userId: 1 })

  return {
    users: connection.model<User>('User', users),
    adminTokens: connection.model<AdminToken>('AdminToken', adminTokens),
  }
}
