import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { useFollow } from '../api/pulse.ts'
import { Bar, PastNotice } from './bar.tsx'
import { Side } from './side.tsx'
import { useLens } from './view.ts'

const Record = lazy(async () => ({ default: (await import('./record.tsx')).Record }))

export function Shell() {
  useFollow()
  const lens = useLens()
  const waiting = useRouterState({ select: s => s.isLoading })
  useEffect(() => { document.documentElement.dataset.lens = lens }, [lens])
  return <>
    <a className="skip" href="#main" onClick={e => { e.preventDefault(); document.getElementById('main')?.focus() }}>Skip to the page</a>
    <div className="app">
      <Side />
      <div>
        <Bar />
        <PastNotice />
        <main id="main" tabIndex={-1} aria-busy={waiting}><Outlet />{lens === 'regulator' ? <Suspense><Record /></Suspense> : null}</main>
      </div>
    </div>
  </>
}
