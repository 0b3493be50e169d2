// What is recorded, read back.
import type { ModelVersion } from '../core/ports/registry.ts'
import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'
import type { ModelDefinition } from '../core/definition.ts'
import type { DocumentReader } from '../store/index.ts'
import { versionId, type Approval, type Gate, type Run, type VersionDocument } from './records.ts'

export async function readModel(metadata: DocumentReader, name: string): Promise<ModelDefinition> {
  const found = await metadata.get<ModelDefinition>('model', name)
  if (found === null) {
    const known = (await metadata.list('model')).map(m => m.id)
    throw new SlipwayError('not_found', `There is no model ${name}.${suggest(name, known)} Declare it in the project and run \`slipway apply\`.`)
  }
  return found.body
}

/** With its revision, so that a change of it can be refused when somebody else was first. */
export async function readVersion(metadata: DocumentReader, model: string, version: number | null): Promise<{ body: VersionDocument; revision: number }> {
  if (version !== null) {
    const found = await metadata.get<VersionDocument>('modelVersion', versionId(model, version))
    if (found === null) throw new SlipwayError('not_found', `There is no version ${version} of model ${model}.`)
    return found
  }
  const newest = await metadata.list<VersionDocument>('modelVersion', { prefix: `${model}@`, reverse: true, limit: 1 })
  if (newest.length === 0) throw new SlipwayError('not_found', `Model ${model} has no version. Train one first.`)
  return newest[0]
}

export async function readRun(metadata: DocumentReader, id: string): Promise<Run> {
  const found = await metadata.get<Run>('run', id)
  if (found === null) throw new SlipwayError('not_found', `There is no run ${id}.`)
  return found.body
}

export async function readGate(metadata: DocumentReader, id: string): Promise<Gate> {
  const found = await metadata.get<Gate>('gate', id)
  if (found === null) throw new SlipwayError('not_found', `There is no gate ${id}.`)
  return found.body
}

export async function getVersion(metadata: DocumentReader, model: string, version: number | null): Promise<ModelVersion> {
  return completeVersion(metadata, (await readVersion(metadata, model, version)).body)
}

/** Newest first. */
export async function listVersions(metadata: DocumentReader, model: string): Promise<ModelVersion[]> {
  const found = await metadata.list<VersionDocument>('modelVersion', { prefix: `${model}@`, reverse: true })
  return Promise.all(found.map(document => completeVersion(metadata, document.body)))
}

async function completeVersion(metadata: DocumentReader, document: VersionDocument): Promise<ModelVersion> {
  const { model, version, contentDigest, content, run, lineage } = document
  const gate = document.gate === null ? null : await metadata.get<Gate>('gate', document.gate)
  const approval = document.approval === null ? null : await metadata.get<Approval>('approval', document.approval)
  return { model, version, contentDigest, content, run, lineage, gate: gate?.body ?? null, approval: approval?.body ?? null }
}

/** Newest first (ids sort by time); `keep` chooses among them until there are `limit`. */
export async function listNewest<B>(metadata: DocumentReader, kind: 'run' | 'gate' | 'approval', limit: number, before: string | undefined, keep: (body: B) => boolean): Promise<B[]> {
  const out: B[] = []
  for (let after = before; out.length < limit;) {
    const page = await metadata.list<B>(kind, { reverse: true, limit: 200, after })
    for (const { body } of page) if (out.length < limit && keep(body)) out.push(body)
    if (page.length < 200) break
    after = page[page.length - 1].id
  }
  return out
}
