import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { pulseQuery, statusQuery } from '../api/queries.ts'
import { setToken, useToken } from '../api/token.ts'
import { Choice } from './choice.tsx'
import { useTheme, type Theme } from './theme.ts'

const PLACES = [
  ['/', 'Overview'], ['/endpoints', 'Endpoints'], ['/predictions', 'Predictions'], ['/models', 'Models'], ['/data', 'Data'],
  ['/monitoring', 'Monitoring'], ['/approvals', 'Approvals'], ['/audit', 'Audit'],
] as const
const THEMES: readonly { value: Theme; name: string }[] = [{ value: 'system', name: 'Auto' }, { value: 'light', name: 'Light' }, { value: 'dark', name: 'Dark' }]

export function Side() {
  const pulse = useQuery(pulseQuery).data
  const [theme, setTheme] = useTheme()
  const place = useRouterState({ select: s => s.location.pathname })
  const nav = useRef<HTMLElement>(null)
  // On a narrow screen the places lie in a row: the one that is shown comes into sight.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]')
    if (current != null && nav.current !== null && nav.current.scrollWidth > nav.current.clientWidth) nav.current.scrollLeft = current.offsetLeft - nav.current.clientWidth / 3
  }, [place])
  return <nav className="side" aria-label="Main" ref={nav}>
    <Link to="/" className="brand" aria-label="Slipway, overview"><svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="M1 4h6l3 5h7" fill="none" stroke="currentColor" strokeWidth="2" /><path d="M4 14h13l-2 3H6z" fill="var(--accent)" /></svg><span>Slipway</span></Link>
    <ul>{PLACES.map(([to, name]) => <li key={to}><Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>{name}
      {to === '/approvals' && (pulse?.approvals ?? 0) > 0 ? <span className="count">{pulse?.approvals} {pulse?.approvals === 1 ? 'waits' : 'wait'}</span> : null}
      {to === '/monitoring' && (pulse?.alerts ?? 0) > 0 ? <span className="count alarm">{pulse?.alerts} {pulse?.alerts === 1 ? 'alert' : 'alerts'}</span> : null}
    </Link></li>)}</ul>
    <div className="who">
      <Choice label="Light or dark" options={THEMES} value={theme} onChange={setTheme} />
      <Who />
      <a href="/docs">API</a>
    </div>
  </nav>
}

function Who() {
  const token = useToken()
  const you = useQuery(statusQuery(token)).data?.you
  if (you === undefined) return null
  if (token === null) return <span>You read without a token.</span>
  return <span className="break">{you.actor}, {you.role} <button type="button" className="plain" onClick={() => { setToken(null) }}>forget</button></span>
}
