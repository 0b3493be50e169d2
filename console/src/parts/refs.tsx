// What a figure rests on is one click away.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { LedgerEntry } from '../api/types.ts'
import { day, moment, said, short } from './format.ts'

/** The number of a ledger entry. */
export function LedgerRef({ index }: { index: number | null | undefined }) {
  if (index === null || index === undefined) return <span className="small nowrap">not yet in the ledger</span>
  return <Link className="mono nowrap" to="/audit/$index" params={{ index: String(index) }} aria-label={`Ledger entry ${index}`}>#{index.toLocaleString('en')}</Link>
}

export function When({ at, only }: { at: string; only?: 'day' }) {
  return <time dateTime={at} title={at} className="nowrap">{only === 'day' ? day(at) : moment(at)}</time>
}

export function Digest({ value }: { value: string | null | undefined }) {
  return value === null || value === undefined ? <span className="quiet">none</span> : <code title={value}>{short(value)}</code>
}

const SIGNS = { good: '✓', warn: '!', bad: '▼', wait: '…', blue: '●', plain: '' } as const
export type Tone = keyof typeof SIGNS

/** State: always a sign and a word beside its colour. */
export function Chip({ tone = 'plain', sign, title, children }: { tone?: Tone; sign?: string; title?: string; children: ReactNode }) {
  const mark = sign ?? SIGNS[tone]
  return <span className={tone === 'plain' ? 'chip' : `chip ${tone}`} title={title}>{mark === '' ? null : <span aria-hidden="true">{mark}</span>}{children}</span>
}

/** Of an endpoint that is served straight from a file. */
export function Unmanaged({ of }: { of: { unmanaged?: boolean } | undefined }) {
  return of?.unmanaged === true ? <Chip tone="warn" title="Served straight from a file, under a waiver: nothing judged its model">unmanaged</Chip> : null
}

export function ReleaseLink({ endpoint, number }: { endpoint: string; number: number }) {
  return <Link to="/endpoints/$name" params={{ name: endpoint }} hash={`release-${number}`}>release {number}</Link>
}

export function VersionLink({ model, version }: { model: string; version: number }) {
  return <Link className="nowrap" to="/models/$model/$version" params={{ model, version: String(version) }}>{model}@{version}</Link>
}

/** What an entry is about: its own words where it has some, else its subject. */
export function About({ entry: { subject, details } }: { entry: Pick<LedgerEntry, 'subject' | 'details'> }) {
  const words = details.summary ?? details.title
  const { model, version } = details
  if (typeof words === 'string') return <Link to="/audit" search={{ subject }}>{said(words)}</Link>
  if (typeof model === 'string' && /^(?:gate|run|approval)\//.test(subject)) return typeof version === 'number' ? <VersionLink model={model} version={version} /> : <Link to="/models/$model" params={{ model }}>{model}</Link>
  return <SubjectLink subject={subject} />
}

/** `gate/gate_01…`, `release/x@000001`, …: to the page that shows it, where there is one. */
export function SubjectLink({ subject }: { subject: string }) {
  const slash = subject.indexOf('/')
  const kind = subject.slice(0, slash)
  const id = subject.slice(slash + 1)
  const numbered = /^(.+)@0*(\d+)$/.exec(id)
  if (kind === 'modelVersion' && numbered !== null) return <VersionLink model={numbered[1]} version={Number(numbered[2])} />
  if (kind === 'release' && numbered !== null) return <Link to="/endpoints/$name" params={{ name: numbered[1] }} hash={`release-${numbered[2]}`}>{numbered[1]} release {numbered[2]}</Link>
  if (kind === 'deployment' || kind === 'endpoint') return <Link to="/endpoints/$name" params={{ name: id }}>{id}</Link>
  if (kind === 'model') return <Link to="/models/$model" params={{ model: id }}>{id}</Link>
  if (kind === 'datasetVersion') return <Link to="/data/$kind/$name" params={{ kind: 'version', name: id }} title={id}><code>{short(id)}</code></Link>
  if (kind === 'prediction') return <Link to="/predictions/$id" params={{ id }}>{id}</Link>
  return <Link className="mono break" to="/audit" search={{ subject }}>{subject}</Link>
}
