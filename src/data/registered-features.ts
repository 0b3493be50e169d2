import { entitiesOf, type EntityDefinition, type FeatureContent, type ServiceDefinition, type SourceDefinition, type ViewDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Metadata } from '../metadata/index.ts'
import { buildFeatureContent, type FeatureDefinitions } from './feature-content.ts'
import { suggest } from '../core/nearest-name.ts'
import { splitReference } from './compiled-service.ts'

/** Everything that is registered about features. */
export interface Definitions extends FeatureDefinitions {
  sources: SourceDefinition[]
  views: ViewDefinition[]
  services: { definition: ServiceDefinition; onDemandDigest: string | null }[]
}

/** The registered definitions, read again whenever the ledger has grown: every change of a document grows it. */
export class RegisteredFeatures {
  readonly #metadata: Metadata
  #definitions: Definitions | null = null
  #ledgerSize = -1
  #loading: Promise<Definitions> | null = null

  constructor(metadata: Metadata) { this.#metadata = metadata }

  /** What is registered now; synchronous while nothing changed, so that events pushed in order stay in order. */
  current(): Definitions | Promise<Definitions> {
    if (this.#definitions !== null && this.#metadata.ledger.size === this.#ledgerSize) return this.#definitions
    return this.#loading ??= this.#load().finally(() => { this.#loading = null })
  }

  /** @throws SlipwayError `not_found` */
  source(definitions: Definitions, name: string): SourceDefinition {
    const found = definitions.sources.find(s => s.name === name)
    if (found === undefined) throw new SlipwayError('not_found', `There is no source ${name}.${suggest(String(name), definitions.sources.map(s => s.name))}`)
    return found
  }

  /** @throws SlipwayError `not_found` */
  service(definitions: Definitions, name: string): FeatureContent {
    const found = definitions.services.find(s => s.definition.name === name)
    if (found === undefined) throw new SlipwayError('not_found', `There is no feature service ${name}.${suggest(String(name), definitions.services.map(s => s.definition.name))}`)
    return buildFeatureContent(found.definition, definitions, found.onDemandDigest)
  }

  /**
   * What a list of `view.feature` names reads, as a service that nobody declared: its entities are those of the views, in order of their first mention.
   * @throws SlipwayError `unknown_feature` with every name that is not registered, `invalid_request` for none.
   */
  features(definitions: Definitions, names: readonly string[]): FeatureContent {
    if (names.length === 0) throw new SlipwayError('invalid_request', 'Name at least one feature, as view.feature.')
    const known = definitions.views.flatMap(v => v.features.map(f => `${v.name}.${f.name}`))
    const faults = names.filter(name => !known.includes(name)).map(name => ({ path: name, message: `is no registered feature.${suggest(name, known)}` }))
    if (faults.length > 0) throw new SlipwayError('unknown_feature', faults.map(f => `${f.path} ${f.message}`).join(' '), { faults })
    const features = [...new Set(names)]
    const views = features.map(name => definitions.views.find(v => v.name === splitReference(name)[0]))
    const entities = [...new Set(views.flatMap(v => (v === undefined ? [] : entitiesOf(v))))]
    return buildFeatureContent({ name: 'features', entities, request: [], features }, definitions, null)
  }

  async #load(): Promise<Definitions> {
    // The size is taken first: what changes while documents are read makes this reading old.
    const { size } = this.#metadata.ledger
    const bodies = async <T>(kind: string): Promise<T[]> => (await this.#metadata.list<T>(kind)).map(d => d.body)
    const [entities, sources, views, services] = [await bodies<EntityDefinition>('entity'), await bodies<SourceDefinition>('source'), await bodies<ViewDefinition>('view'), await bodies<ServiceDefinition & { onDemandDigest?: string | null }>('service')]
    const before = this.#definitions?.sources ?? []
    this.#definitions = {
      entities, views,
      // A source that did not change stays the same object: what was prepared for its events is found by it.
      sources: sources.map(s => before.find(b => JSON.stringify(b) === JSON.stringify(s)) ?? s),
      services: services.map(({ onDemandDigest, ...definition }) => ({ definition, onDemandDigest: onDemandDigest ?? null })),
    }
    this.#ledgerSize = size
    return this.#definitions
  }
}
