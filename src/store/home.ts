// The folder that holds everything of one installation, and who owns it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Component } from '../core/components.ts'
import { SlipwayError } from '../core/errors.ts'
import { makeFolder, storageError } from './durable.ts'
import { connectSqlite } from './sqlite-driver.ts'

const UNMAKABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP', 'ENOENT'])

/** Absolute paths of what a home holds. */
export interface HomePaths {
  dir: string
  database: string
  journal: string
  segments: string
  blobs: string
  ledger: string
  checkpoints: string
  state: string
  keys: string
  releases: string
  token: string
  server: string
  /** Where components that run in processes of their own say so, and what keeps each of them single. */
  processes: string
  config: string
  /** Text with the owner's process id, for people; `lock` is what decides. */
  owner: string
  lock: string
}

export interface Home {
  dir: string
  paths: HomePaths
  /** Gives the home back. */
  close(): void
}

/** The paths of a home that this process need not own: for reading and verification. @throws SlipwayError `not_found` when there is no home. */
export function readHomePaths(dir: string): HomePaths {
  const paths = homePaths(dir)
  if (!existsSync(paths.database) && !existsSync(paths.journal)) throw new SlipwayError('not_found', `There is no home in ${paths.dir}.`, { remedy: 'Check the folder; `slipway serve --home DIR` makes a new one.' })
  return paths
}

/**
 * Makes the folders (with `create`) and takes exclusive ownership, which ends with `close` or with the process, however it ends.
 * @throws SlipwayError `home_in_use`, naming the owner's process and address; `not_found` without `create`; `storage_full`.
 */
export function openHome(dir: string, options: { create?: boolean } = {}): Home {
  const paths = options.create === false ? readHomePaths(dir) : homePaths(dir)
  makeFolders(paths)
  const release = takeHome(paths)
  // A component in a process of its own may have outlived the process that owned the home: it still writes here.
  const held = [release]
  const releaseAll = (): void => { for (const give of held.splice(0).reverse()) give() }
  try {
    for (const file of existsSync(paths.processes) ? readdirSync(paths.processes) : []) if (file.endsWith('.lock')) held.push(takeComponent(paths, file.slice(0, -'.lock'.length)))
  } catch (error) { releaseAll(); throw error }
  return handle(paths, releaseAll)
}

/**
 * Takes part in a home of which each component runs in a process of its own. The process of `metadata` owns the home as such; the others are kept single.
 * @throws SlipwayError `home_in_use` when the component runs already, or (for metadata) one process has all of the home; `storage_full`.
 */
export function joinHome(dir: string, component: Component): Home {
  const paths = homePaths(dir)
  makeFolders(paths)
  try { makeFolder(paths.processes) } catch (error) { throw storageError(error, paths.processes) }
  return component === 'metadata' ? handle(paths, takeHome(paths)) : handle(paths, takeComponent(paths, component))
}

function makeFolders(paths: HomePaths): void {
  try {
    for (const folder of [paths.dir, paths.journal, paths.segments, paths.blobs, paths.ledger, paths.checkpoints, paths.state, paths.releases]) makeFolder(folder)
    makeFolder(paths.keys, 0o700)
  } catch (error) { throw folderError(error, paths.dir) }
}

/** A folder that may not be made is the choice of whoever named it. */
function folderError(error: unknown, dir: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined || !UNMAKABLE.has(code)) return storageError(error, dir)
  return new SlipwayError('invalid_config', `The home ${dir} cannot be made: ${message}.`, { cause: error, remedy: 'Choose a folder that you may write to with --home DIR.' })
}

function handle(paths: HomePaths, release: () => void): Home {
  let open = true
  return {
    dir: paths.dir, paths,
    close() {
      if (!open) return
      open = false
      release()
    },
  }
}

function takeHome(paths: HomePaths): () => void {
  const release = takeLock(paths.lock, () => `The home ${paths.dir} is owned by ${describeOwner(paths)}.`)
  try { writeFileSync(paths.owner, `${process.pid}\n`) } catch (error) { release(); throw storageError(error, paths.owner) }
  return () => {
    rmSync(paths.owner, { force: true })
    release()
  }
}

function takeComponent(paths: HomePaths, component: string): () => void {
  return takeLock(join(paths.processes, `${component}.lock`), () => `Another process runs the component ${component} of the home ${paths.dir}.`)
}

function homePaths(dir: string): HomePaths {
  const root = resolve(dir)
  const at = (name: string): string => join(root, name)
  return {
    dir: root, database: at('slipway.db'), journal: at('journal'), segments: at('segments'), blobs: at('blobs'), ledger: at('ledger'),
    checkpoints: at('checkpoints'), state: at('state'), keys: at('keys'), releases: at('releases'), token: at('local.token'),
    server: at('server.json'), processes: at('processes'), config: at('slipway.config.json'), owner: at('owner.pid'), lock: at('owner.lock'),
  }
}

// A process id alone cannot decide: ids are used again, are the same in two containers, and two takers of a dead one race.
// SQLite holds an operating-system lock on the file, which goes with the process. Never open this file otherwise in the
// owning process: closing any descriptor of it would drop the lock (POSIX).
function takeLock(file: string, explain: () => string): () => void {
  let lock: DatabaseSync | undefined
  try {
    lock = connectSqlite(file, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    const held = lock
    return () => { held.close() }
  } catch (error) {
    lock?.close()
    // 5 and 6: busy, locked.
    const code = (error as { errcode?: number }).errcode
    if (code !== 5 && code !== 6) throw storageError(error, file)
    throw new SlipwayError('home_in_use', explain(), { cause: error })
  }
}

function describeOwner(paths: HomePaths): string {
  const read = (path: string): string => { try { return readFileSync(path, 'utf8') } catch { return '' } }
  const pid = read(paths.owner).trim()
  let url = ''
  try { url = String((JSON.parse(read(paths.server)) as { url?: unknown }).url ?? '') } catch { /* no server runs there */ }
  return `${pid === '' ? 'another process' : `process ${pid}`}${url === '' ? '' : `, which serves at ${url}`}`
}
