// Models straight from files: each an endpoint of its own, with no features behind it, released under a waiver of whoever starts the server.
import type { Actor } from '../core/actor.ts'
import type { Json } from '../core/canonical.ts'
import type { StoredEndpoint } from '../core/definition.ts'
import { SlipwayError, type Fault } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ModelVersion } from '../core/ports/registry.ts'
import type { Micros } from '../core/time.ts'
import { bringModel, ELSEWHERE, newestVersion, type BringParts } from './bring-model.ts'
import { championOf } from './deployment-plan.ts'
import type { Deployments } from './deployment.ts'
import { fileName, readModelFiles, refuseFiles, type ModelFile, type ReadModelFile } from './model-files.ts'
import type { ModelStates } from './model-states.ts'
import { serializer } from './mutex.ts'
import type { Release, Releases } from './release.ts'

/** What became of a file. */
export interface ServedModel {
  endpoint: string
  release: string
  /** Such as `slipway-trees/1`. */
  format: string
  /** SHA-256 of the file. */
  digest: string
  /** False: the same bytes were served before. */
  changed: boolean
}

export interface ServedFiles {
  /**
   * Serves each file as the endpoint of its name. Bytes that are new become a version, a release and a deployment; the others change nothing.
   * @throws SlipwayError `invalid_request` with every fault at once; then nothing was changed.
   */
  serve(files: readonly ModelFile[], actor: Actor): Promise<ServedModel[]>
  /** Reads the file of this endpoint again, where it has one. @throws SlipwayError `not_deployable` when it is no model any more; then what was deployed goes on. */
  reread(endpoint: string, actor: Actor): Promise<void>
}

/** A waiver that does not end by itself: whoever starts the server without the file ends it. */
const NO_END: Micros = 9_000_000_000_000_000

export function openServedFiles(parts: BringParts & { releases: Releases; deployments: Deployments; states: ModelStates; log: Log }): ServedFiles {
  const { metadata, releases, deployments, states, log } = parts
  const oneAtATime = serializer()
  const named = new Map<string, ModelFile>()

  /** Digest of the model that answers for an endpoint. */
  const servedDigest = (name: string): string | undefined => deployments.look(name).serving?.champion.content.content.model.digest

  const findTaken = async ({ name }: ModelFile): Promise<Fault[]> => {
    const endpoint = (await metadata.get<StoredEndpoint & { [key: string]: Json | undefined }>('endpoint', name))?.body
    if (endpoint !== undefined && endpoint.unmanaged !== true) return [{ path: name, message: 'is an endpoint that a project declares: give the file another name, or train and deploy within the project' }]
    if (endpoint !== undefined) return []
    const made = await metadata.get('model', name) !== null || ((await newestVersion(metadata, name))?.run ?? ELSEWHERE) !== ELSEWHERE
    return made ? [{ path: name, message: 'is a model that a project declares: give the file another name' }] : []
  }

  const register = async ({ name }: ModelFile, actor: Actor): Promise<void> => {
    if (await metadata.get('endpoint', name) !== null) return
    const endpoint: StoredEndpoint = { name, model: name, label: 'label', unmanaged: true }
    await metadata.change({ actor, action: 'endpoint.served', subject: `endpoint/${name}`, details: { unmanaged: true } }, tx => tx.put('endpoint', name, { ...endpoint }, { revision: 0 }))
  }

  /** A release of just this version that was made and not deployed, as after a crash, is taken. */
  const releaseOf = async (version: ModelVersion, file: ReadModelFile, actor: Actor): Promise<Release> => {
    const last = (await releases.list(file.name)).at(-1)
    if (last?.modelVersion === version.version && last.contentDigest === version.contentDigest) return last
    const reason = `served from the file ${fileName(file)}, SHA-256 ${file.digest}`
    return (await releases.create({ endpoint: file.name, actor, waiver: { reason, until: NO_END } }, version)).release
  }

  const serveOne = async (file: ReadModelFile, actor: Actor): Promise<ServedModel> => {
    const { name, digest } = file
    if (servedDigest(name) === digest) {
      const { champion: { release, content: { content } } } = deployments.look(name).serving as NonNullable<ReturnType<Deployments['look']>['serving']>
      return { endpoint: name, release: release.id, format: content.model.format, digest, changed: false }
    }
    await register(file, actor)
    const version = await bringModel(parts, { name, file: file.bytes, facts: file.facts, details: { file: fileName(file), unmanaged: true } }, actor)
    const release = await releaseOf(version, file, actor)
    const last = (await deployments.get(name))?.revisions.at(-1)
    const changed = last === undefined || championOf(last).release !== release.id
    if (changed) await deployments.deploy({ endpoint: name, release: release.number, actor })
    return { endpoint: name, release: release.id, format: version.content.model.format, digest, changed }
  }

  const isKnown = (name: string, digest: string): boolean => servedDigest(name) === digest

  return {
    serve: (files, actor) => oneAtATime(async () => {
      const read = await readModelFiles(files, isKnown)
      const taken = (await Promise.all(read.map(findTaken))).flat()
      if (taken.length > 0) throw refuseFiles(taken)
      const served: ServedModel[] = []
      for (const file of read) {
        const model = await serveOne(file, actor)
        named.set(file.name, file)
        states.release(file.name)
        log.info('A model is served straight from a file; nothing judged it.', { ...model, unmanaged: true, file: fileName(file) })
        served.push(model)
      }
      return served
    }),
    reread: (endpoint, actor) => oneAtATime(async () => {
      const file = named.get(endpoint)
      // A project may have taken the endpoint over since: then the file is not what is served.
      if (file === undefined || (await findTaken(file)).length > 0) return
      let read: ReadModelFile[]
      try { read = await readModelFiles([{ name: file.name, path: file.path }], isKnown) } catch (error) {
        if (!(error instanceof SlipwayError)) throw error
        throw new SlipwayError('not_deployable', `${error.message} ${endpoint} is as it was.`, { remedy: 'Put a model in its place, then load it again.', cause: error })
      }
      const model = await serveOne(read[0], actor)
      if (model.changed) log.info('The file of a model was read again.', { ...model, unmanaged: true })
    }),
  }
}
