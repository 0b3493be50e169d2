import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, installed, type StateServer } from './debian-package.ts'

const PASSWORD = 'a-secret-of-postgres'

export interface PostgresServer extends StateServer { ask(sql: string): Promise<Record<string, unknown>[]> }

/** PostgreSQL with its own data in a temporary folder; null where there is none. As root it runs as the user postgres, since it refuses to run as root. */
export async function openPostgres(): Promise<PostgresServer | null> {
  const versions = (): string[] => { try { return readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a)) } catch { return [] } }
  let bin: string | undefined
  for (const attempt of [false, true]) {
    if (attempt) installed(['/usr/lib/postgresql/15/bin/initdb'], 'postgresql-15')
    bin = [...versions().map(v => `/usr/lib/postgresql/${v}/bin`), '/opt/homebrew/bin', '/usr/local/bin'].find(folder => { try { return readdirSync(folder).includes('initdb') } catch { return false } })
    if (bin !== undefined) break
  }
  if (bin === undefined) return null
  const dir = mkdtempSync(join(tmpdir(), 'slipway-postgres-'))
  const data = join(dir, 'data')
  const root = process.getuid?.() === 0
  const run = (name: string, ...args: string[]): void => {
    const [file, rest] = root ? ['runuser', ['-u', 'postgres', '--', join(bin, name), ...args]] as const : [join(bin, name), args] as const
    // No pipes: the server would keep them open.
    const { status } = spawnSync(file, rest, { stdio: 'ignore', cwd: dir })
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${(() => { try { return readFileSync(join(dir, 'log'), 'utf8').slice(-2_000) } catch { return 'no log' } })()}`)
  }
  chmodSync(dir, 0o700)
  mkdirSync(data)
  writeFileSync(join(dir, 'password'), PASSWORD)
  if (root) for (const path of [dir, data, join(dir, 'password')]) chownSync(path, ...postgresUser())
  run('initdb', '-D', data, '-U', 'slipway', '-A', 'scram-sha-256', `--pwfile=${join(dir, 'password')}`, '--no-sync')
  const port = await freePort()
  const url = `postgres://slipway:${PASSWORD}@127.0.0.1:${port}/postgres`
  const server: PostgresServer = {
    url, wrongUrl: url.replace(PASSWORD, 'wrong'),
    async start() { run('pg_ctl', '-D', data, '-w', '-l', join(dir, 'log'), '-o', `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${dir}`, 'start') },
    // Immediate: no checkpoint, as after a crash.
    async kill() { try { run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop') } catch { /* It does not run. */ } },
    async close() { await server.kill(); rmSync(dir, { recursive: true, force: true }) },
    async ask(sql) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try { return (await client.query<Record<string, unknown>>(sql)).rows } finally { await client.end() }
    },
  }
  await server.start()
  return server
}

function postgresUser(): [number, number] {
  const of = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim())
  return [of('-u'), of('-g')]
}
