// Light or dark: the system's, or this browser's choice.
import { useState } from 'react'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'slipway.theme'

function current(): Theme { const t = document.documentElement.dataset.theme; return t === 'light' || t === 'dark' ? t : 'system' }

export function useTheme(): [Theme, (next: Theme) => void] {
  const [theme, setTheme] = useState(current)
  return [theme, next => {
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
    try { if (next === 'system') localStorage.removeItem(KEY); else localStorage.setItem(KEY, next) } catch { /* storage is closed: until the page is left */ }
    setTheme(next)
  }]
}
