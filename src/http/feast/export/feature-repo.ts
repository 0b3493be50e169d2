// The folder that makes a Feast user at home: `feast apply` there, and push, write, services and types are known to the stock client.
import type { Definitions } from '../../../data/index.ts'
import { call, described, Identifiers, list, literal } from './python.ts'
import { onDemandText } from './on-demand-text.ts'
import { sourceTexts } from './source-text.ts'
import { viewText } from './view-text.ts'
import type { Writing } from './writing.ts'

export interface RepoFile { name: string; text: string }
export interface FeatureRepo { files: RepoFile[]; /** What could not be said to Feast, one line each. */ notes: string[] }

const IMPORTS = ['timedelta', 'Entity', 'FeatureService', 'FeatureView', 'Field', 'FileSource', 'PushSource', 'RequestSource', 'ValueType', 'on_demand_feature_view', 'Array', 'Bool', 'Float64', 'Int64', 'String', 'UnixTimestamp']

export function featureRepo(definitions: Definitions, { project, url }: { project: string; url: string }): FeatureRepo {
  const w: Writing = { definitions, ids: new Identifiers(IMPORTS), entities: new Map(), files: new Map(), views: new Map(), sourceNames: new Identifiers(definitions.sources.map(s => s.name)), notes: [] }
  const parts: string[] = ['# Entities', ...definitions.entities.map(e => {
    const id = w.ids.take(e.name, '_entity')
    w.entities.set(e.name, id)
    return `${id} = ${call('Entity', [`name=${literal(e.name)}`, `join_keys=[${literal(e.key)}]`, `value_type=ValueType.${e.type === 'string' ? 'STRING' : 'INT64'}`, ...described(e.description)])}`
  })]
  parts.push('', '# Sources, and their rows as they are pushed: store.push("source", df) with the columns of the source', ...definitions.sources.map(s => sourceTexts(w, s)))
  parts.push('', '# Feature views', ...definitions.views.map(v => viewText(w, v)))
  parts.push('', '# Feature services', ...definitions.services.map(s => serviceText(w, s.definition)))
  const head = `"""Slipway's features, for Feast's stock client. Written by \`slipway export feast\`: run \`feast apply --skip-source-validation\` here, and again after a change.

The values come from the server that feature_store.yaml names. Files named here are not read: materialize and history are the server's.
"""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, RequestSource, ValueType
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Array, Bool, Float64, Int64, String, UnixTimestamp
`
  return { files: [{ name: 'feature_store.yaml', text: storeText(project, url) }, { name: 'features.py', text: `${head}\n${parts.join('\n')}\n` }], notes: w.notes }
}

/** The name must be one of Feast's: letters, digits and underscores. */
export function projectName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[\d_])/, 'p')
  return plain === '' ? 'slipway' : plain
}

function storeText(project: string, url: string): string {
  return `# For Feast's stock client (feast==0.67.0); written by \`slipway export feast\`.
project: ${project}
provider: local
registry: registry.db
online_store:
  type: remote
  path: ${url}
# Push, write and materialize need a token; who only reads, on the server's own machine, may leave this out.
auth:
  type: oidc
  token_env_var: SLIPWAY_TOKEN
`
}

function serviceText(w: Writing, service: Definitions['services'][number]['definition']): string {
  const features = new Map<string, string[]>()
  for (const reference of service.features) {
    const [view, name] = [reference.slice(0, reference.indexOf('.')), reference.slice(reference.indexOf('.') + 1)]
    features.set(view, [...features.get(view) ?? [], name])
  }
  const items = [...features].map(([view, names]) => `${w.views.get(view)}[[${names.map(literal).join(', ')}]]`)
  const onDemand = onDemandText(w, service)
  const id = w.ids.take(service.name, '_service')
  return `${onDemand === null ? '' : `${onDemand.text}\n`}${id} = ${call('FeatureService', [`name=${literal(service.name)}`, `features=${list([...items, ...(onDemand === null ? [] : [onDemand.id])])}`, ...described(service.description)])}`
}
