import type { ModelContent } from '../definition.ts'

/** What the production component offers gates: who answers now. */
export interface ChampionPort {
  /** The content in the champion role at the endpoint that serves this model; null where none is deployed. */
  champion(model: string): Promise<Champion | null>
}

export interface Champion {
  /** How people name it, such as `late-arrival@3`. */
  name: string
  contentDigest: string
  content: ModelContent
}
