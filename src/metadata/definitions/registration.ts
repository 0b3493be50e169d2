import type { Json } from '../../core/canonical.ts'
import { SlipwayError } from '../../core/errors.ts'
import type { DocumentReader } from '../../store/index.ts'
import type { Change, Definition, Difference } from '../metadata.ts'
import { differences } from './difference.ts'

/** Side document of kind `project`: which definitions (`view/weather`) are its own. */
interface ProjectBody { definitions: string[] }

const nameOf = (d: { kind: string; id: string }): string => `${d.kind}/${d.id}`

/** What registering these definitions would change. Removed are definitions that the project (or those that own any of them) declared before and no longer does. */
export async function planDefinitions(reader: DocumentReader, definitions: readonly Definition[], project?: string): Promise<Difference[]> {
  refuseTwice(definitions)
  const declared = new Set(definitions.map(nameOf))
  const owned = await ownedBefore(reader, declared, project)
  const plan: Difference[] = []
  for (const { kind, id, body } of definitions) {
    const stored = await reader.get(kind, id)
    if (stored === null) plan.push({ kind, id, change: 'added', fields: [{ path: '', from: null, to: body as Json }] })
    else {
      const fields = differences(stored.body as Json, body as Json)
      if (fields.length > 0) plan.push({ kind, id, change: 'changed', fields })
    }
  }
  for (const name of owned) {
    if (declared.has(name)) continue
    const [kind, id] = splitName(name)
    const stored = await reader.get(kind, id)
    if (stored !== null) plan.push({ kind, id, change: 'removed', fields: [{ path: '', from: stored.body as Json, to: null }] })
  }
  return plan
}

/** Puts and removes what the plan says, and notes what is the project's own. @throws SlipwayError `conflict` when another project owns one. */
export async function applyDefinitions(tx: Change, definitions: readonly Definition[], project: string): Promise<Difference[]> {
  const plan = await planDefinitions(tx, definitions, project)
  const declared = definitions.map(nameOf).sort()
  for (const other of await tx.list<ProjectBody>('project')) {
    const taken = other.id === project ? undefined : declared.find(name => other.body.definitions.includes(name))
    if (taken !== undefined) throw new SlipwayError('conflict', `${taken} belongs to the project ${other.id}, and ${project} declares it too.`, { remedy: 'Give it another name, or remove it from that project first.' })
  }
  const wanted = new Map(definitions.map(d => [nameOf(d), d]))
  for (const difference of plan) {
    if (difference.change === 'removed') await tx.remove(difference.kind, difference.id)
    else await tx.put(difference.kind, difference.id, wanted.get(nameOf(difference))?.body ?? {})
  }
  await tx.put<ProjectBody>('project', project, { definitions: declared })
  return plan
}

/** True when the project owns exactly these definitions already. */
export async function ownsExactly(reader: DocumentReader, definitions: readonly Definition[], project: string): Promise<boolean> {
  const stored = await reader.get<ProjectBody>('project', project)
  return stored !== null && stored.body.definitions.join('\n') === definitions.map(nameOf).sort().join('\n')
}

async function ownedBefore(reader: DocumentReader, declared: ReadonlySet<string>, project?: string): Promise<string[]> {
  const projects = await reader.list<ProjectBody>('project')
  const mine = projects.filter(p => (project === undefined ? p.body.definitions.some(name => declared.has(name)) : p.id === project))
  return mine.flatMap(p => p.body.definitions)
}

function splitName(name: string): [Definition['kind'], string] {
  const at = name.indexOf('/')
  return [name.slice(0, at) as Definition['kind'], name.slice(at + 1)]
}

function refuseTwice(definitions: readonly Definition[]): void {
  const seen = new Set<string>()
  for (const name of definitions.map(nameOf)) {
    if (seen.has(name)) throw new SlipwayError('invalid_definition', `${name} is declared twice.`, { faults: [{ path: name, message: 'is declared twice' }] })
    seen.add(name)
  }
}
