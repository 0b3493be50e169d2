// The token of this tab. It comes in the address's fragment (which no server sees), and leaves the address at once.
import { useSyncExternalStore } from 'react'

const KEY = 'slipway.token'
const listeners = new Set<() => void>()
let token: string | null = null

/** Takes `#token=…` out of the address; call before anything reads it. */
export function takeTokenFromAddress(): void {
  token = read()
  const found = /^#token=([\x21-\x7e]+)$/.exec(location.hash)?.[1]
  if (found === undefined) return
  history.replaceState(null, '', location.pathname + location.search)
  setToken(decodeURIComponent(found))
}

export function getToken(): string | null { return token }

export function setToken(next: string | null): void {
  token = next
  try {
    if (next === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, next)
  } catch { /* storage is closed: it lives as long as the page */ }
  for (const tell of listeners) tell()
}

export function useToken(): string | null {
  return useSyncExternalStore(tell => { listeners.add(tell); return () => { listeners.delete(tell) } }, getToken)
}

function read(): string | null { try { return sessionStorage.getItem(KEY) } catch { return null } }
