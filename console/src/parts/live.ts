// The shape of the page.
import { useEffect, useState, type RefObject } from 'react'

/** Width of an element, so that text in a chart keeps its size. */
export function useWidth(ref: RefObject<HTMLElement | null>, first = 640): number {
  const [width, setWidth] = useState(first)
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const watch = new ResizeObserver(([entry]) => { if (entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width)) })
    watch.observe(element)
    return () => { watch.disconnect() }
  }, [ref])
  return width
}
