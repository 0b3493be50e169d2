// Debian's Chromium, installed where it is missing and may be.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export async function openBrowser(): Promise<Browser> {
  let path = PATHS.find(existsSync)
  if (path === undefined) {
    process.stdout.write('installing chromium …\n')
    for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium']]) spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] })
    path = PATHS.find(existsSync)
    if (path === undefined) throw new Error(`There is no Chromium at ${PATHS.join(', ')}, and apt-get could not install it. Install it, and run this again.`)
  }
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] })
}
