// Model files as an operator names them. All that is wrong with them is told at once.
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '../core/digest.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import { loadModel } from '../models/index.ts'
import type { ModelFacts } from './bring-model.ts'

/** A file to serve, and the name of its endpoint. An empty path is a fault of whoever named it. */
export interface ModelFile { name: string; path: string }

export interface ReadModelFile extends ModelFile {
  bytes: Uint8Array
  digest: string
  /** Absent for a file that was known already. */
  facts?: ModelFacts
}

const NAME = /^[a-z][a-z0-9_-]{0,99}$/
const LARGEST = 2 ** 31 - 1
const REMEDY = 'Correct what is named; nothing was served. `slipway serve --help` shows how files are named.'

/**
 * Reads them. `isKnown` says that a file of this digest was found to be a model before.
 * @throws SlipwayError `invalid_request` with a fault for each bad name and each file that is not there, cannot be read, or is no model.
 */
export async function readModelFiles(files: readonly ModelFile[], isKnown: (name: string, digest: string) => boolean = () => false): Promise<ReadModelFile[]> {
  const faults: Fault[] = []
  const read: ReadModelFile[] = []
  const seen = new Set<string>()
  for (const file of files) {
    const { name, path } = file
    if (path === '') {
      faults.push({ path: name, message: 'is not of the form NAME=FILE, such as late=model.txt' })
      continue
    }
    if (!NAME.test(name)) faults.push({ path: name, message: 'is no name for a model: it must begin with a letter a to z and go on with letters, digits, _ or - (at most 100)' })
    else if (seen.has(name)) faults.push({ path: name, message: 'is named twice' })
    seen.add(name)
    try {
      const bytes = await readWhole(path)
      const digest = sha256(bytes)
      read.push({ ...file, bytes, digest, facts: isKnown(name, digest) ? undefined : await readFacts(bytes) })
    } catch (error) { faults.push({ path: name, message: `${path} ${(error as Error).message}` }) }
  }
  if (faults.length > 0) throw refuseFiles(faults)
  return read
}

export function refuseFiles(faults: Fault[]): SlipwayError {
  const [{ path, message }] = faults
  return new SlipwayError('invalid_request', faults.length === 1 ? `The model ${path}: ${message}.` : `${faults.length} of the models cannot be served: ${faults.map(f => `${f.path} ${f.message}`).join('; ')}`, { faults, remedy: REMEDY })
}

/** The file's name, without the folders of this machine. */
export function fileName({ path }: ModelFile): string { return basename(path) }

async function readWhole(path: string): Promise<Uint8Array> {
  const codes: Record<string, string> = { ENOENT: 'is not there', EACCES: 'may not be read by this user', ENOTDIR: 'is not there', ENAMETOOLONG: 'is no path' }
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw new Error('is a folder, and a model is one file')
    if (!found.isFile()) throw new Error('is no ordinary file')
    if (found.size > LARGEST) throw new Error(`has ${found.size} bytes, and ${LARGEST} is the most`)
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === undefined ? error : new Error(codes[code] ?? `cannot be read (${code})`, { cause: error })
  }
}

/** Of the model nothing else is kept: files may be many and large. */
async function readFacts(bytes: Uint8Array): Promise<ModelFacts> {
  if (bytes.length === 0) throw new Error('is empty')
  try {
    const { format, inputs, outputs } = await loadModel(bytes)
    return { format, inputs, outputs }
  } catch (error) { throw new Error(`is no model that can be served: ${(error as Error).message.replace(/\.$/, '')}`, { cause: error }) }
}
