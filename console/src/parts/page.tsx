import { useEffect, useRef, type ReactNode } from 'react'

/** A page: its first line answers its one question. */
export function Page({ title, headline, news, actions, children }: { /** Of the tab. */ title: string; headline: ReactNode; news?: ReactNode; actions?: ReactNode; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => { document.title = `${title} · Slipway` }, [title])
  // After a click on a link, reading goes on at the heading; not when the page is opened.
  useEffect(() => { if (document.activeElement?.closest('main, .side') != null) heading.current?.focus({ preventScroll: true }) }, [])
  return <>
    <div className="head">
      <div>
        <h1 ref={heading} tabIndex={-1}>{headline}</h1>
        {news === undefined ? null : <p className="news">{news}</p>}
      </div>
      {actions === undefined ? null : <div className="acts">{actions}</div>}
    </div>
    {children}
  </>
}
