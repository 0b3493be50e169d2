// Who runs where: HOME/processes/<component>.json, written by a component once it listens.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Component } from '../core/components.ts'
import { writeFileDurably, type HomePaths } from '../store/index.ts'

/** A component's process. `id` is another one after each start. */
export interface ProcessEntry { url: string; pid: number; id: string }

type Where = Pick<HomePaths, 'processes'>

export function writeProcess(paths: Where, component: Component, entry: ProcessEntry): void {
  writeFileDurably(fileOf(paths, component), `${JSON.stringify(entry)}\n`)
}

/** Takes the entry back, unless a later process has put its own there. */
export function removeProcess(paths: Where, component: Component, id: string): void {
  if (readProcess(paths, component)?.id === id) rmSync(fileOf(paths, component), { force: true })
}

/** Null where none has said that it runs, and where the one that did is dead. */
export function readProcess(paths: Where, component: Component): ProcessEntry | null {
  let entry: Partial<ProcessEntry>
  try { entry = JSON.parse(readFileSync(fileOf(paths, component), 'utf8')) as typeof entry } catch { return null }
  const { url, pid, id } = entry
  return typeof url === 'string' && typeof pid === 'number' && typeof id === 'string' && isAlive(pid) ? { url, pid, id } : null
}

function fileOf({ processes }: Where, component: Component): string { return join(processes, `${component}.json`) }

function isAlive(pid: number): boolean {
  try { process.kill(pid, 0); return true } catch (error) { return (error as NodeJS.ErrnoException).code === 'EPERM' }
}
