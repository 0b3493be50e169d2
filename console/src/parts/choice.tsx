import type { KeyboardEvent } from 'react'

/** One of a few, as a radio group: arrows move, as everywhere. */
export function Choice<V extends string>({ label, options, value, onChange, className }: { label: string; options: readonly { value: V; name: string }[]; value: V; onChange: (value: V) => void; className?: string }) {
  const move = (e: KeyboardEvent<HTMLDivElement>): void => {
    const by = e.key === 'ArrowRight' || e.key === 'ArrowDown' ? 1 : e.key === 'ArrowLeft' || e.key === 'ArrowUp' ? -1 : 0
    if (by === 0) return
    e.preventDefault()
    const next = (options.findIndex(o => o.value === value) + by + options.length) % options.length
    onChange(options[next].value)
    e.currentTarget.querySelectorAll<HTMLElement>('[role=radio]')[next]?.focus()
  }
  return <div className={className === undefined ? 'seg' : `seg ${className}`} role="radiogroup" aria-label={label} onKeyDown={move}>
    {options.map(o => <button key={o.value} type="button" role="radio" aria-checked={o.value === value} tabIndex={o.value === value ? 0 : -1} onClick={() => { onChange(o.value) }}>{o.name}</button>)}
  </div>
}
