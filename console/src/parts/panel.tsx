import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { ApiError } from '../api/client.ts'

/** A card with its question as title. */
export function Panel({ title, note, foot, flush, children }: { title: ReactNode; note?: ReactNode; foot?: ReactNode; /** For tables, which bring their own padding. */ flush?: boolean; children?: ReactNode }) {
  const id = useId()
  return <section className="card" aria-labelledby={id}>
    <header><h2 id={id}>{title}</h2>{note === undefined ? null : <span className="small">{note}</span>}</header>
    {flush === true ? <Scroll labelledBy={id}>{children}</Scroll> : <div className="in">{children}</div>}
    {foot === undefined ? null : <div className="foot">{foot}</div>}
  </section>
}

/** What is wider than the screen moves by itself, by keyboard too. */
function Scroll({ labelledBy, children }: { labelledBy: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  const [wide, setWide] = useState(false)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const watch = new ResizeObserver(() => { setWide(element.scrollWidth > element.clientWidth) })
    watch.observe(element)
    if (element.firstElementChild !== null) watch.observe(element.firstElementChild)
    return () => { watch.disconnect() }
  }, [])
  return <div ref={box} className="scroll" {...(wide ? { tabIndex: 0, role: 'group', 'aria-labelledby': labelledBy } : {})}>{children}</div>
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return <div className="skeleton" role="status"><span className="hide">Loading</span>{Array.from({ length: lines }, (_, i) => <i key={i} style={{ width: `${92 - ((i * 37) % 45)}%` }} />)}</div>
}

/** What went wrong, in the server's words, with what to do. */
export function Problem({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const known = error instanceof ApiError ? error : null
  return <div className="problem" role="alert">
    <p><b>{known?.title ?? 'This page has a fault'}</b></p>
    <p>{error.message}</p>
    {known === null || known.faults.length === 0 ? null : <ul>{known.faults.map(f => <li key={f.path}><code>{f.path}</code> {f.message}</li>)}</ul>}
    {known === null || known.remedy === '' ? null : <p className="soft">{known.remedy}</p>}
    {onRetry === undefined || known?.status === 404 || known?.status === 400 ? null : <button type="button" onClick={onRetry}>Try again</button>}
  </div>
}

/** An empty place names the one command that fills it. */
export function Empty({ children, command }: { children: ReactNode; command?: string }) {
  return <div className="empty"><p>{children}</p>{command === undefined ? null : <p><code>{command}</code></p>}</div>
}

/** A read in its four states: waiting, failed, nothing there (404, which is no fault), and there. */
export function Answer<T>({ query, lines, nothing, pad, children }: { query: UseQueryResult<T>; lines?: number; nothing?: ReactNode; pad?: boolean; children: (data: T) => ReactNode }) {
  const inside = (): ReactNode => {
    if (query.data !== undefined) return null
    if (query.error === null) return <Skeleton lines={lines} />
    if (nothing !== undefined && query.error instanceof ApiError && (query.error.status === 404 || query.error.status === 405)) return nothing
    return <Problem error={query.error} onRetry={() => { void query.refetch() }} />
  }
  const body = inside()
  if (body === null) return children(query.data as T)
  return pad === true ? <div className="in">{body}</div> : body
}
