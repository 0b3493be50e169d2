/** Which moment to look at; empty is now. */
export function AsOfForm({ at, onLook, onCancel }: { at: string; onLook: (at: string | undefined) => void; onCancel: () => void }) {
  return <form className="asof" onSubmit={e => { e.preventDefault(); const wanted = String(new FormData(e.currentTarget).get('at')); onLook(wanted === '' ? undefined : wanted) }} onKeyDown={e => { if (e.key === 'Escape') onCancel() }}>
    <label className="asof">as of <input type="datetime-local" name="at" autoFocus defaultValue={at} /> UTC</label>
    <button type="submit">Look</button><button type="button" className="plain" onClick={onCancel}>Cancel</button>
  </form>
}
