import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ERRORS, SlipwayError, toProblem, type ErrorCode } from './errors.ts'

const documented = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').split('\n')
  .map(line => /^\| `(\w+)` \| (\d+) \| (\d) \| (.+)\. \| (.+) \|$/.exec(line)).filter(m => m !== null)
  .map(([, code, status, exit, title, remedy]) => ({ code, status: Number(status), exit: Number(exit), title, remedy: remedy.replaceAll('\\|', '|') }))

it('documents every code with its status, exit code and remedy, and no other', () => {
  expect(documented).toEqual(Object.entries(ERRORS).map(([code, entry]) => ({ code, ...entry })))
})

it('gives every code a status of an error, and a remedy that is a sentence', () => {
  for (const { status, remedy, title } of Object.values(ERRORS)) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(remedy).toMatch(/^[A-Z].*\.$/s)
    expect(title).toMatch(/^[A-Z].*[^.]$/)
  }
})

it('writes a problem of the table, and tells nothing of what is not in it', () => {
  const problem = toProblem(new SlipwayError('missing_entity', 'entities.origin is missing.', { faults: [{ path: 'entities.origin', message: 'is missing' }] }))
  expect(problem).toMatchObject({ type: 'urn:slipway:error:missing_entity', status: 400, code: 'missing_entity', detail: 'entities.origin is missing.', faults: [{ path: 'entities.origin', message: 'is missing' }] })
  const unknown = toProblem(new TypeError('secret path /home/ada'))
  expect(unknown.code).toBe('internal' satisfies ErrorCode)
  expect(JSON.stringify(unknown)).not.toContain('ada')
})
