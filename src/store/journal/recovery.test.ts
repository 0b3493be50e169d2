import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkRawSegment } from './check.ts'
import { HEADER_BYTES } from './frame.ts'
import { appendRows, openTestJournal, OTHER, quiet, readAll, SIMPLE, simpleRow, temporaryHome, type TemporaryHome } from './journal.fixture.ts'
import { rawSegmentPath } from './raw-segment.ts'
import { recoverSegments } from './recovery.ts'

let home: TemporaryHome
beforeEach(() => { home = temporaryHome() })
afterEach(() => { home.remove() })

/** A segment with a few frames; returns its bytes and where each rows frame ends. */
async function writeSegment(): Promise<{ file: string; bytes: Buffer; ends: { sequence: number; end: number }[] }> {
  const journal = await openTestJournal(home)
  const ends: { sequence: number; end: number }[] = []
  const file = rawSegmentPath(home.journal, 1)
  for (const [stream, rows] of [[SIMPLE, [simpleRow(1)]], [SIMPLE, [simpleRow(2), simpleRow(3), simpleRow(4)]], [OTHER, [{ value: 'SLWJ and more' }]], [SIMPLE, [simpleRow(6)]]] as const) {
    const { last } = appendRows(journal, stream, [...rows])
    await journal.waitDurable()
    ends.push({ sequence: last, end: readFileSync(file).length })
  }
  await journal.close()
  return { file, bytes: readFileSync(file), ends }
}

const recover = (): ReturnType<typeof recoverSegments> => recoverSegments({ dir: home.journal, segmentsDir: home.segments, sync: false, trace: null, log: quiet })

test('cut at any byte, exactly the whole frames before the cut are there, and the rest is kept aside', async () => {
  const { file, bytes, ends } = await writeSegment()
  for (let cut = 0; cut <= bytes.length; cut++) {
    rmSync(home.journal, { recursive: true })
    mkdirSync(home.journal)
    writeFileSync(file, bytes.subarray(0, cut))
    const before = ends.filter(e => e.end <= cut).at(-1)
    const { last, raw } = recover()
    expect(last, `cut at ${cut}`).toBe(before?.sequence ?? 0)
    if (before === undefined) expect(raw).toEqual([])
    else expect(checkRawSegment(file)).toMatchObject({ last, problems: [] })
    const quarantine = readdirSync(home.journal).includes('quarantine') ? readdirSync(join(home.journal, 'quarantine')) : []
    if (quarantine.length > 0) expect(Buffer.concat([bytes.subarray(0, Number(quarantine[0].split('.').at(-1))), readFileSync(join(home.journal, 'quarantine', quarantine[0]))])).toEqual(bytes.subarray(0, cut))
  }
})

test('after a torn tail the journal goes on with the number that was lost', async () => {
  const { file, bytes } = await writeSegment()
  writeFileSync(file, bytes.subarray(0, bytes.length - 3))
  const journal = await openTestJournal(home)
  expect(appendRows(journal, OTHER, [{ value: 'again' }])).toEqual({ first: 6, last: 6 })
  await journal.waitDurable()
  expect((await readAll(journal)).map(r => [r.sequence, r.stream])).toEqual([[1, SIMPLE.name], [2, SIMPLE.name], [3, SIMPLE.name], [4, SIMPLE.name], [5, OTHER.name], [6, OTHER.name]])
  await journal.close()
})

test('any flipped byte is found; with frames behind it the journal refuses to open and names the place', async () => {
  const { file, bytes, ends } = await writeSegment()
  const lastFrame = ends.at(-2)?.end ?? 0
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] ^= 1 << (at % 8)
    writeFileSync(file, changed)
    const { problems } = checkRawSegment(file)
    expect(problems, `byte ${at}`).toHaveLength(1)
    const start = ends.filter(e => e.end <= at).at(-1)
    expect(problems[0].offset).toBeLessThanOrEqual(at)
    expect(problems[0].offset).toBeGreaterThanOrEqual(start?.end ?? 0)
    expect(problems[0].sequence).toBe((start?.sequence ?? 0) + 1)
    expect(problems[0].tail).toBe(at >= lastFrame)
    if (at < lastFrame) expect(recover).toThrow(expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(`${file} is damaged at byte ${problems[0].offset} (sequence ${problems[0].sequence})`) as string }))
    expect(readFileSync(file)).toEqual(changed)
  }
})

test('what looks like a frame within a row is not one', async () => {
  const { file, bytes, ends } = await writeSegment()
  // A whole valid frame of this very format as the value of a row, and a crash that tears the frame around it.
  const inner = bytes.subarray(ends[0].end, ends[1].end).toString('latin1')
  const journal = await openTestJournal(home)
  appendRows(journal, OTHER, [{ value: inner }, { value: inner }])
  await journal.close()
  const second = rawSegmentPath(home.journal, 7)
  const torn = readFileSync(second)
  writeFileSync(second, torn.subarray(0, torn.length - 1))
  expect(recover().last).toBe(6)
  expect(readFileSync(file)).toEqual(bytes)
})

test('bytes of zero behind the last frame are a torn tail', async () => {
  const { file, bytes } = await writeSegment()
  writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(HEADER_BYTES * 3)]))
  expect(checkRawSegment(file).problems).toMatchObject([{ tail: true, offset: bytes.length }])
  expect(recover().last).toBe(6)
  expect(readFileSync(file)).toEqual(bytes)
})

test('a missing or shortened segment before another is corrupt, and nothing is changed', async () => {
  const { file, bytes } = await writeSegment()
  const journal = await openTestJournal(home)
  appendRows(journal, OTHER, [{ value: 'next' }])
  await journal.close()
  writeFileSync(file, bytes.subarray(0, bytes.length - 1))
  expect(recover).toThrow(/is damaged at byte \d+ \(sequence 6\).*000000000007\.journal follows/)
  expect(readFileSync(file)).toEqual(bytes.subarray(0, bytes.length - 1))
  renameSync(file, join(home.dir, 'away'))
  expect(recover).toThrow(/sequences 1 to 6 are missing/)
})
