// Files that are on disk when a function returns, and what a full disk is called.
import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SlipwayError } from '../core/errors.ts'

/** True for "no space left" and "quota exceeded", as the file system and SQLite say it. */
export function isDiskFull(error: unknown): boolean {
  const e = error as { code?: unknown; errcode?: unknown } | null
  return e?.code === 'ENOSPC' || e?.code === 'EDQUOT' || e?.errcode === 13
}

/** `storage_full` where the disk is full, otherwise the error itself. */
export function storageError(error: unknown, what: string): unknown {
  return isDiskFull(error) ? new SlipwayError('storage_full', `The disk is full: ${what} was not written.`, { cause: error }) : error
}

/** Makes the entries of a folder (files created, renamed or removed in it) durable. */
export function syncFolder(dir: string): void {
  // Windows can neither open nor sync a folder.
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  try { fsyncSync(fd) } finally { closeSync(fd) }
}

export function syncFile(path: string): void {
  const fd = openSync(path, 'r+')
  try { fdatasyncSync(fd) } finally { closeSync(fd) }
}

/** Makes a folder and those above it, durably. */
export function makeFolder(dir: string, mode?: number): void {
  const made = mkdirSync(dir, { recursive: true, mode })
  if (made === undefined) return
  for (let at = dir; at.length >= made.length; at = dirname(at)) syncFolder(dirname(at))
}

/** Writes a whole file so that after a crash it is there entirely or not at all. @throws SlipwayError `storage_full`. */
export function writeFileDurably(path: string, data: Uint8Array | string, mode?: number): void {
  const temp = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temp, data, { mode, flush: true })
    renameSync(temp, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(temp, { force: true })
    throw storageError(error, path)
  }
}
