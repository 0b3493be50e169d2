// The thread that writes features.db, so that neither the writing nor its sync holds up those who read. Everything here is synchronous.
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { SlipwayError, type ErrorCode } from '../../../core/errors.ts'
import type { StateBlock, StateHead } from '../../../core/ports/state-backend.ts'
import { connectState, guard, LOG_BYTES } from './connection.ts'

/** One write is `begin`, for each state `state` and its `blocks`, then `commit` or `rollback`. */
export type Step =
  | { kind: 'begin'; expected: StateHead | null; head: StateHead }
  | { kind: 'state'; key: string; header: string; replaceAll: boolean; removes: readonly number[] }
  | { kind: 'blocks'; blocks: readonly StateBlock[] }
  | { kind: 'commit'; head: StateHead; keys: readonly string[] }
  | { kind: 'rollback' }
  | { kind: 'close' }

export interface StepAnswer { fault: { code: ErrorCode | null; message: string } | null }

const port = parentPort as MessagePort
const file = workerData as string
let db: DatabaseSync | null = null
let state = 0

port.on('message', (step: Step) => {
  let fault: StepAnswer['fault'] = null
  try { guard(file, () => { take(step) }) } catch (error) {
    fault = { code: error instanceof SlipwayError ? error.code : null, message: error instanceof Error ? error.message : String(error) }
  }
  port.postMessage({ fault } satisfies StepAnswer)
  if (step.kind === 'close') port.close()
})

function take(step: Step): void {
  if (step.kind === 'close') { db?.close(); db = null; return }
  const open = db ??= connectState(file)
  const run = (sql: string, ...values: (string | number | Uint8Array)[]): void => { prepared(open, sql).run(...values) }
  switch (step.kind) {
    case 'begin': {
      open.exec('BEGIN IMMEDIATE')
      const held = open.prepare('SELECT position, owner FROM head').get() as StateHead | undefined
      const { expected, head } = step
      if (held?.owner !== expected?.owner || held?.position !== expected?.position || (held !== undefined && held.position > head.position)) throw new SlipwayError('conflict', `${file} is not as it was left: another process has written it.`)
      break
    }
    case 'state':
      run('INSERT INTO state (key, header) VALUES (?, ?) ON CONFLICT DO UPDATE SET header = excluded.header', step.key, step.header)
      state = Number(open.prepare('SELECT id FROM state WHERE key = ?').get(step.key)?.id)
      if (step.replaceAll) run('DELETE FROM block WHERE state = ?', state)
      for (const number of step.removes) run('DELETE FROM block WHERE state = ? AND number = ?', state, number)
      break
    case 'blocks':
      for (const { number, bytes } of step.blocks) run('INSERT INTO block (state, number, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes', state, number, bytes)
      break
    case 'commit': {
      const keys = JSON.stringify(step.keys)
      run('DELETE FROM block WHERE state IN (SELECT id FROM state WHERE key NOT IN (SELECT value FROM json_each(?)))', keys)
      run('DELETE FROM state WHERE key NOT IN (SELECT value FROM json_each(?))', keys)
      run('INSERT INTO head (only_one, position, owner) VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position, owner = excluded.owner', step.head.position, step.head.owner)
      open.exec('COMMIT')
      statements.clear()
      // After a great write the log is as great as the file.
      if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) open.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      break
    }
    case 'rollback':
      if (open.isTransaction) open.exec('ROLLBACK')
      statements.clear()
      break
  }
}

type Statement = ReturnType<DatabaseSync['prepare']>
const statements = new Map<string, Statement>()

function prepared(open: DatabaseSync, sql: string): Statement {
  let statement = statements.get(sql)
  if (statement === undefined) statements.set(sql, statement = open.prepare(sql))
  return statement
}
