import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../kernel/assert.ts'
import { testFolder } from './folder.ts'

/** Where the programs of a PostgreSQL server are: on the PATH, or where Debian puts them. */
export function postgresFolder(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), ...globSync('/usr/lib/postgresql/*/bin')]
  return folders.find((folder) =>
    ['initdb', 'pg_ctl'].every((one) => existsSync(join(folder, one))),
  )
}

/**
 * A PostgreSQL server of the test's own: in a temporary folder, on a Unix socket alone. Root may
 * not run one, so that there it runs as `nobody`. Ask `needs(t, 'postgres')` first.
 */
export function startPostgres(): { readonly url: string; stop(): void } {
  const programs = postgresFolder()
  assert(programs !== undefined, 'a test asks needs(t, "postgres") first')
  const folder = testFolder()
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? { uid: nobody, gid: nobody } : {}
  if (isRoot) {
    chownSync(folder.path, nobody, nobody)
    chmodSync(folder.path, 0o700)
  }
  const data = join(folder.path, 'data')
  const run = (program: string, ...args: readonly string[]) => {
    const options = { ...user, cwd: folder.path, env: { LC_ALL: 'C' }, encoding: 'utf8' } as const
    const done = spawnSync(join(programs, program), args, { ...options, stdio: 'pipe' })
    assert(done.status === 0, `${program}: ${done.stderr}${done.stdout}`)
  }
  run('initdb', '-D', data, '-A', 'trust', '-U', 'portal', '--no-sync', '-E', 'UTF8')
  // Nothing over TCP: the socket lies in the folder.
  const server = `-c listen_addresses='' -k ${folder.path} -c fsync=off`
  run('pg_ctl', '-D', data, '-w', '-o', server, '-l', join(folder.path, 'log'), 'start')
  return {
    url: `postgres://portal@localhost/postgres?host=${encodeURIComponent(folder.path)}`,
    stop: () => {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop')
      folder.remove()
    },
  }
}

/** The number of the user `nobody` on Debian and its kin. */
const nobody = 65_534
