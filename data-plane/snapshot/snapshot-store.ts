import type { CatalogSnapshot, SnapshotKey, WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { indexCatalog, type CatalogIndex } from './catalog-index.ts'
import { createWorkspaceView, type LoadedSnapshot, type WorkspaceView } from './workspace-view.ts'

/**
 * The snapshots this process serves from, in memory. A change swaps one reference: a call that has begun keeps the
 * view it took. Nothing here waits, reads a file or asks Redis.
 */

/** A host serving more workspaces than this forgets the one that changed longest ago, and loads it again when asked. */
const WORKSPACES_KEPT = 10_000

export interface KeyOwner {
  readonly workspace: WorkspaceView
  readonly key: SnapshotKey
}

export interface SnapshotStore {
  findKey(hash: string): KeyOwner | undefined
  findWorkspace(workspaceId: string): WorkspaceView | undefined
  readonly workspaceIds: readonly string[]
  readonly catalogRevision: string | null
  setWorkspace(loaded: LoadedSnapshot<WorkspaceSnapshot>): void
  setCatalog(loaded: LoadedSnapshot<CatalogSnapshot>): void
}

interface Entry {
  readonly loaded: LoadedSnapshot<WorkspaceSnapshot>
  readonly view: WorkspaceView
}

export function createSnapshotStore(): SnapshotStore {
  const workspaces = new Map<string, Entry>()
  const ownerOfKey = new Map<string, string>()
  let catalog: CatalogIndex | null = null
  let catalogRevision: string | null = null

  const forgetKeys = (entry: Entry): void => {
    for (const hash of entry.view.keyHashes) ownerOfKey.delete(hash)
  }

  const place = (loaded: LoadedSnapshot<WorkspaceSnapshot>): void => {
    const { workspaceId } = loaded.snapshot
    const previous = workspaces.get(workspaceId)
    if (previous) forgetKeys(previous)
    workspaces.delete(workspaceId)
    const view = createWorkspaceView(loaded, catalog)
    workspaces.set(workspaceId, { loaded, view })
    for (const hash of view.keyHashes) ownerOfKey.set(hash, workspaceId)
  }

  const forgetOldest = (): void => {
    const oldest = workspaces.entries().next()
    if (oldest.done) return
    const [workspaceId, entry] = oldest.value
    forgetKeys(entry)
    workspaces.delete(workspaceId)
  }

  return {
    findKey(hash) {
      const owner = ownerOfKey.get(hash)
      const workspace = owner === undefined ? undefined : workspaces.get(owner)?.view
      const key = workspace?.findKey(hash)
      return workspace && key ? { workspace, key } : undefined
    },
    findWorkspace: (workspaceId) => workspaces.get(workspaceId)?.view,
    get workspaceIds() {
      return [...workspaces.keys()]
    },
    get catalogRevision() {
      return catalogRevision
    },
    setWorkspace(loaded) {
      place(loaded)
      if (workspaces.size > WORKSPACES_KEPT) forgetOldest()
    },
    setCatalog({ revision, snapshot }) {
      catalog = indexCatalog(snapshot)
      catalogRevision = revision
      const loadedBefore = Array.from(workspaces.values(), (entry) => entry.loaded)
      for (const loaded of loadedBefore) place(loaded)
    },
  }
}
