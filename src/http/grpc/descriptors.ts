// The .proto texts as the descriptors that protoc would make of them.
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'

interface FieldDescriptor { name: string; type?: number | string; typeName?: string; label?: number | string; jsonName?: string }
interface MessageDescriptor { name: string; field: FieldDescriptor[]; nestedType: MessageDescriptor[]; enumType: { name: string }[]; options?: { mapEntry?: boolean } | null }
interface FileDescriptor { name: string; package: string; messageType: MessageDescriptor[]; enumType: { name: string }[]; service: { name: string; method: { inputType: string; outputType: string }[] }[]; syntax?: string }

/** A file as a client can load it, and the full names of what is in it. */
export interface DescribedFile { name: string; bytes: Uint8Array; symbols: ReadonlySet<string> }

/** Names of types are made absolute and entries of maps get the name that protoc gives them: stricter readers refuse what protobufjs writes. */
export function describeFile(root: protobuf.Root, name: string): DescribedFile {
  const set = (root as unknown as { toDescriptor(edition: string): { file: FileDescriptor[] } }).toDescriptor('proto3')
  const file = set.file.find(f => f.messageType.length > 0) as FileDescriptor
  file.name = name
  const symbols = new Set<string>()
  for (const e of file.enumType) symbols.add(`${file.package}.${e.name}`)
  for (const m of file.messageType) collect(m, file.package, symbols)
  for (const m of file.messageType) qualify(m, `${file.package}.${m.name}`, symbols)
  for (const service of file.service) {
    const full = `${file.package}.${service.name}`
    symbols.add(full)
    for (const method of service.method as { name?: string; inputType: string; outputType: string }[]) {
      symbols.add(`${full}.${method.name}`)
      method.inputType = resolve(method.inputType, file.package, symbols)
      method.outputType = resolve(method.outputType, file.package, symbols)
    }
  }
  return { name, bytes: descriptor.FileDescriptorProto.encode(file as never).finish(), symbols }
}

function collect(message: MessageDescriptor, scope: string, symbols: Set<string>): void {
  const full = `${scope}.${message.name}`
  symbols.add(full)
  for (const e of message.enumType) symbols.add(`${full}.${e.name}`)
  for (const nested of message.nestedType) {
    if (nested.options?.mapEntry !== true) { collect(nested, full, symbols); continue }
    const old = nested.name
    nested.name = `${entryName(message.field.find(f => f.typeName === old)?.name ?? old)}Entry`
    for (const f of message.field) if (f.typeName === old) f.typeName = nested.name
    collect(nested, full, symbols)
  }
}

/** `raw_parameters` → `RawParameters`. */
function entryName(field: string): string { return field.split('_').map(w => w.charAt(0).toUpperCase() + w.slice(1)).join('') }

function qualify(message: MessageDescriptor, full: string, symbols: ReadonlySet<string>): void {
  for (const f of message.field) if (f.typeName) f.typeName = resolve(f.typeName, full, symbols)
  for (const nested of message.nestedType) qualify(nested, `${full}.${nested.name}`, symbols)
}

/** From the inside out, as protobuf looks names up. */
function resolve(name: string, scope: string, symbols: ReadonlySet<string>): string {
  if (name.startsWith('.')) return name
  for (let within = scope; ; within = within.slice(0, within.lastIndexOf('.'))) {
    if (symbols.has(`${within}.${name}`)) return `.${within}.${name}`
    if (!within.includes('.')) return symbols.has(name) ? `.${name}` : `.${within}.${name}`
  }
}
