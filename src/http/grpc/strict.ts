// Protobuf read strictly. protobufjs takes a text that is cut short as a shorter text, follows a length out of its message into the next, and reads a field by
// its number whatever its wire type says: what would then be scored and journaled is not what was sent. So a message is walked through before it is decoded.
import { isUtf8 } from 'node:buffer'
import protobuf from 'protobufjs'
import { SlipwayError } from '../../core/errors.ts'

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

interface FieldPlan { name: string; wire: number; /** Of the elements, where they may come packed. */ packed: boolean; isText: boolean; /** Numbers of 64 bits. */ isLong: boolean; /** An entry of a map: a name and a value, and nothing else. */ isEntry: boolean; message: MessagePlan | null }
type MessagePlan = ReadonlyMap<number, FieldPlan>

const WIRES: Record<string, number> = { double: FIXED64, fixed64: FIXED64, sfixed64: FIXED64, float: FIXED32, fixed32: FIXED32, sfixed32: FIXED32, string: LENGTH, bytes: LENGTH }
const KEY_OF_MAP: FieldPlan = { name: 'key', wire: LENGTH, packed: false, isText: true, isLong: false, isEntry: false, message: null }

/** What may stand in a message of this type; its maps have text as keys. No type holds itself. */
export function planOf(type: protobuf.Type): MessagePlan {
  const plan = new Map<number, FieldPlan>()
  for (const field of type.fieldsArray) {
    field.resolve()
    const value = fieldPlan(field)
    plan.set(field.id, field instanceof protobuf.MapField ? { name: field.name, wire: LENGTH, packed: false, isText: false, isLong: false, isEntry: true, message: new Map([[1, KEY_OF_MAP], [2, value]]) } : value)
  }
  return plan
}

function fieldPlan({ name, type, repeated, resolvedType }: protobuf.Field): FieldPlan {
  const message = resolvedType instanceof protobuf.Type ? planOf(resolvedType) : null
  const wire = message === null ? WIRES[type] ?? VARINT : LENGTH
  return { name, wire, packed: repeated && wire !== LENGTH, isText: type === 'string', isLong: type.endsWith('64'), isEntry: false, message }
}

/** @throws SlipwayError `invalid_request` for bytes that are no message of the plan. Fields that it has not are left alone. */
export function checkMessage(plan: MessagePlan, bytes: Uint8Array): void {
  walk(plan, { bytes, at: 0 }, bytes.length, '', false)
}

interface Cursor { readonly bytes: Uint8Array; at: number }

function walk(plan: MessagePlan, c: Cursor, end: number, path: string, isEntry: boolean): void {
  while (c.at < end) {
    const tag = varint(c, end, path, SHORT)
    const id = Math.floor(tag / 8)
    const wire = tag % 8
    if (id < 1 || tag >= 2 ** 32) throw broken(path, `has a field with the number ${id}`)
    const field = plan.get(id)
    // Readers differ in what becomes of such an entry.
    if (field === undefined && isEntry) throw broken(path, `has an entry with a field ${id}`)
    const name = field === undefined ? path : path === '' ? field.name : `${path}.${field.name}`
    if (field !== undefined && wire !== field.wire && !(field.packed && wire === LENGTH)) throw broken(name, `comes as wire type ${wire} and has ${field.wire}`)
    if (wire === VARINT) number(c, end, field?.isLong ?? true, name)
    else if (wire === FIXED64) skip(c, 8, end, name)
    else if (wire === FIXED32) skip(c, 4, end, name)
    else if (wire === LENGTH) {
      const length = varint(c, end, name, SHORT)
      const from = c.at
      skip(c, length, end, name)
      if (field === undefined) continue
      if (field.message !== null) { c.at = from; walk(field.message, c, from + length, name, field.isEntry) }
      else if (field.packed) packed(c, from, from + length, field, name)
      else if (field.isText && !isUtf8(c.bytes.subarray(from, from + length))) throw broken(name, 'is not UTF-8')
    } else throw broken(name, `has the wire type ${wire}, which no field has`)
  }
}

/** To the end of the elements, which is the end of the last of them. */
function packed(c: Cursor, from: number, end: number, { wire, isLong }: FieldPlan, path: string): void {
  if (wire === VARINT) {
    c.at = from
    while (c.at < end) number(c, end, isLong, path)
  } else if ((end - from) % (wire === FIXED64 ? 8 : 4) !== 0) throw broken(path, 'ends within an element')
}

function skip(c: Cursor, length: number, end: number, path: string): void {
  if (c.at + length > end) throw broken(path, `must have ${length} bytes, and ${end - c.at} are left`)
  c.at += length
}

/** The longest form of tags, lengths and numbers of 32 bits, and of numbers of 64 bits and negative ones. */
const SHORT = 5
const LONG = 10

/** One number of a field. Of 32 bits it has five bytes at most, or ten where it is negative: protobufjs takes what is between as ten. */
function number(c: Cursor, end: number, isLong: boolean, path: string): void {
  const from = c.at
  varint(c, end, path, LONG)
  const bytes = c.at - from
  if (!isLong && bytes > SHORT && bytes < LONG) throw broken(path, `has a number of 32 bits in ${bytes} bytes`)
}

/** Beyond 2^53 the value is not exact, which lengths and tags never are. */
function varint(c: Cursor, end: number, path: string, longest: number): number {
  let value = 0
  let weight = 1
  for (let i = 0; i < longest; i++) {
    if (c.at >= end) throw broken(path, 'ends within a number')
    const byte = c.bytes[c.at++]
    value += (byte & 0x7f) * weight
    if (byte < 0x80) return value
    weight *= 128
  }
  throw broken(path, `has a number of more than ${longest} bytes`)
}

function broken(path: string, message: string): SlipwayError {
  const what = path === '' ? 'The message' : path
  return new SlipwayError('invalid_request', `${what} ${message}: this is not protobuf as the .proto of the service has it.`, { remedy: 'Send the message that the .proto describes; server reflection tells it.', faults: [{ path, message }] })
}
