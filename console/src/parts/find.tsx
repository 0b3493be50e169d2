// One box that finds. What it knows of is loaded when somebody begins to type.
import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react'
import type { Hit } from './find-hits.tsx'

const FindHits = lazy(async () => ({ default: (await import('./find-hits.tsx')).FindHits }))

export function Find() {
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [place, setPlace] = useState(0)
  const [hits, setHits] = useState<Hit[]>([])
  const chosen = Math.min(place, hits.length - 1)
  const wanted = text.trim()
  const shown = open && wanted !== '' && hits.length > 0

  useEffect(() => {
    const focus = (e: KeyboardEvent): void => {
      const typing = e.target instanceof HTMLElement && e.target.closest('input, textarea, select, dialog') !== null
      if (e.key !== '/' || typing || e.ctrlKey || e.metaKey || e.altKey) return
      e.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener('keydown', focus)
    return () => { document.removeEventListener('keydown', focus) }
  }, [])

  const take = (hit: Hit | undefined): void => {
    if (hit === undefined) return
    setOpen(false)
    setText('')
    input.current?.blur()
    hit.go()
  }
  return <div className="find" role="search">
    <input ref={input} type="text" value={text} placeholder="Find a prediction, model, entity…" aria-label="Find a prediction, an endpoint, a model, an entity or a ledger entry" autoComplete="off" spellCheck={false}
      role="combobox" aria-expanded={shown} aria-controls={listId} aria-autocomplete="list" aria-activedescendant={shown ? `${listId}-${chosen}` : undefined}
      onFocus={() => { setOpen(true) }} onBlur={() => { setTimeout(() => { setOpen(false) }, 150) }} onChange={e => { setText(e.target.value); setPlace(0); setOpen(true) }}
      onKeyDown={e => {
        if (e.key === 'ArrowDown') { e.preventDefault(); setPlace(Math.min(chosen + 1, hits.length - 1)) }
        else if (e.key === 'ArrowUp') { e.preventDefault(); setPlace(Math.max(chosen - 1, 0)) }
        else if (e.key === 'Enter') take(hits[chosen])
        else if (e.key === 'Escape') { setText(''); setOpen(false); input.current?.blur() }
      }} />
    <kbd aria-hidden="true">/</kbd>
    <ul className="found" id={listId} role="listbox" aria-label="Found" hidden={!shown}>
      {hits.map((hit, i) => <li key={hit.key} id={`${listId}-${i}`} role="option" aria-selected={i === chosen} onPointerDown={e => { e.preventDefault(); take(hit) }}><span className="break">{hit.name}</span><span className="small nowrap">{hit.what}</span></li>)}
    </ul>
    {wanted === '' ? null : <Suspense><FindHits wanted={wanted} onHits={setHits} /></Suspense>}
  </div>
}
