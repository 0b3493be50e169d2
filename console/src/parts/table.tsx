import type { ReactNode } from 'react'

export interface TableColumn<R> { name: string; right?: boolean; /** Left out on narrow screens. */ optional?: boolean; full?: boolean; cell: (row: R) => ReactNode }

/** Rows become cards on narrow screens. */
export function Table<R>({ caption, columns, rows, id, stack = true }: { caption: string; columns: TableColumn<R>[]; rows: R[]; id: (row: R) => string | number; /** terse: without the columns' names, for long lists whose cells say what they are. */ stack?: boolean | 'terse' }) {
  const style = (c: TableColumn<R>): string | undefined => [c.right === true ? 'r' : '', c.optional === true ? 'opt' : '', c.full === true ? 'full' : ''].filter(s => s !== '').join(' ') || undefined
  return <table className={stack === 'terse' ? 'stack terse' : stack ? 'stack' : undefined}>
    <caption className="hide">{caption}</caption>
    <thead><tr>{columns.map(c => <th key={c.name} scope="col" className={style(c)}>{c.name}</th>)}</tr></thead>
    <tbody>{rows.map(row => <tr key={id(row)} className="link">{columns.map(c => <td key={c.name} data-label={c.name} className={style(c)}>{c.cell(row)}</td>)}</tr>)}</tbody>
  </table>
}
