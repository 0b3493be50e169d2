import '../styles/dialog.css'
import { useEffect, useId, useRef, type ReactNode } from 'react'

/** A question over the page. The browser keeps the focus in it, Escape leaves it, and the focus returns. */
export function Dialog({ title, onClose, footer, children }: { title: ReactNode; onClose: () => void; footer?: ReactNode; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => { if (dialog.current?.open === false) dialog.current.showModal() }, [])
  return <dialog ref={dialog} aria-labelledby={id} onClose={onClose} onClick={e => { if (e.target === dialog.current) dialog.current?.close() }}>
    <header><h2 id={id}>{title}</h2></header>
    <div className="body">{children}</div>
    <footer>{footer}<button type="button" onClick={() => { dialog.current?.close() }}>Close</button></footer>
  </dialog>
}
