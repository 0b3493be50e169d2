// The metadata component alone, as the audit log of a register of aircraft: who changed what, a proof for an outsider, and one changed byte that is found.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localActor, openFoundation, parseCheckpoint, SlipwayError, tableRows, verifyEntry, verifyFolder, type Foundation } from 'slipway/metadata'

const home = await mkdtemp(join(tmpdir(), 'slipway-metadata-'))
const foundation = await openFoundation({ home })
const { metadata, paths } = foundation
try {
  const planes = await readPlanes(foundation)
  // A change and its entry in the ledger commit together, or neither does.
  await metadata.change({ actor: localActor(), action: 'register.imported', subject: 'register/faa', details: { planes: planes.length } }, async tx => {
    for (const plane of planes) await tx.put('plane', String(plane.tailnum), { seats: Number(plane.seats), engine: String(plane.engine) })
  })
  const before = await metadata.get<{ seats: number; engine: string }>('plane', 'N14228')
  await metadata.change({ actor: { kind: 'token', name: 'ada' }, action: 'plane.corrected', subject: 'plane/N14228', details: { reason: 'two rows were taken out' } }, async tx => {
    await tx.put('plane', 'N14228', { ...before!.body, seats: 137 }, { revision: before!.revision })
  })
  const stale = await metadata.change({ actor: localActor(), action: 'plane.corrected', subject: 'plane/N14228' }, tx => tx.put('plane', 'N14228', { ...before!.body }, { revision: before!.revision }))
    .catch((error: unknown) => (error instanceof SlipwayError ? error.code : error))
  console.log(`${planes.length} planes; a correction that started from the old state: ${String(stale)}`)
  const trail = await metadata.trail('plane', 'N14228')
  for (const entry of trail) console.log(`  ${entry.action} by ${entry.actor} ${JSON.stringify(entry.details)}`)

  // What an outsider gets: one entry, its proof, the signed checkpoint, and the public key. No access to anything else.
  const entry = trail.at(-1)!
  const note = await metadata.ledger.checkpoint()
  const { path } = await metadata.ledger.prove(entry.index, parseCheckpoint(note).size)
  const vkey = await readFile(join(paths.ledger, 'verifier.pub'), 'utf8')
  console.log(`Entry ${entry.index} is one of the ${verifyEntry({ entry, path, note, vkey }).size} that ${parseCheckpoint(note).keyName} signed`)
  try { verifyEntry({ entry: { ...entry, actor: 'user:somebody' }, path, note, vkey }) } catch (error) { console.log(`Somebody else as its actor: ${(error as Error).message}`) }
  await foundation.close()

  // One byte of the log, changed on disk.
  console.log(`Verify: ${(await verifyFolder(home)).ok ? 'everything holds' : 'BROKEN'}`)
  const file = join(paths.ledger, 'ledger.log')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"actor":"token:ada"', '"actor":"token:eve"'))
  const { ok, problems } = await verifyFolder(home)
  console.log(`After one word was changed: ${ok ? 'NOT FOUND' : `${problems[0].place}: ${problems[0].what}`}`)
} finally {
  await foundation.close()
  await rm(home, { recursive: true })
}

async function readPlanes({ engine }: Foundation): Promise<ReturnType<typeof tableRows>> {
  const session = await engine.connect()
  const planes = await session.query(`SELECT tailnum, seats, engine FROM read_parquet('${join(import.meta.dirname, '../flights/data/planes.parquet')}') WHERE tailnum BETWEEN 'N14' AND 'N15'`)
  await session.close()
  return tableRows(planes)
}
