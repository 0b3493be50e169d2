import { canonicalize, type Json } from '../../core/canonical.ts'
import type { Difference } from '../metadata.ts'

type Fields = Difference['fields']

/**
 * Where two bodies differ, by path. Lists of named objects are matched by name (`features.mean_1h.window`), so that an inserted one does not
 * show all after it as changed; any other list that differs is one difference.
 */
export function differences(from: Json, to: Json, path = ''): Fields {
  if (canonicalize(from) === canonicalize(to)) return []
  const before = membersOf(from)
  const after = membersOf(to)
  if (before === null || after === null) return [{ path, from, to }]
  const fields: Fields = []
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    fields.push(...differences(before.get(name) ?? null, after.get(name) ?? null, path === '' ? name : `${path}.${name}`))
  }
  // The same members in another order: order is what differs (a model reads its features in order).
  return fields.length > 0 ? fields : [{ path, from, to }]
}

/** Members of an object, or of a list of objects with distinct names; null for everything else. */
function membersOf(value: Json): Map<string, Json> | null {
  if (value === null || typeof value !== 'object') return null
  if (!Array.isArray(value)) return new Map(Object.entries(value).filter((e): e is [string, Json] => e[1] !== undefined))
  const named = new Map<string, Json>()
  for (const item of value) {
    if (item === null || typeof item !== 'object' || Array.isArray(item) || typeof item.name !== 'string' || named.has(item.name)) return null
    named.set(item.name, item)
  }
  return named
}
