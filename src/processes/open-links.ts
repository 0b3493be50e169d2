import { readFileSync } from 'node:fs'
import { COMPONENTS, type Component } from '../core/components.ts'
import type { SettableClock } from '../core/clock.ts'
import { SlipwayError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { HomePaths } from '../store/index.ts'
import { Link } from './link.ts'

export type Links = Readonly<Record<Component, Link>>

/** Links to all five, which look for their process when they are used. */
export function openLinks(paths: HomePaths, clock: SettableClock, log: Log): Links {
  let token: string | null = null
  const readToken = (): string => {
    try { return token ??= readFileSync(paths.token, 'utf8').trim() } catch (cause) {
      throw new SlipwayError('unreachable', `${paths.token} is not there yet: the process of metadata makes it.`, { cause })
    }
  }
  return Object.fromEntries(COMPONENTS.map(component => [component, new Link(component, { paths, clock, log, token: readToken })])) as unknown as Links
}
