import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { encodeCbor } from '@openbsn/sdk'
import { openStore } from '../../src/storage/store.ts'
import { freePort } from '../scenarios/network-world.ts'
import { bsn, scratchFolder, startBsn, stopInOrder } from './bsn.ts'
import { contentOf } from './folder-content.ts'

/** Starts a network, and gives what it says of itself; stopped by `stop`, or after the test. */
async function up(t: TestContext, argv: readonly string[], env: Record<string, string> = {}) {
  const running = startBsn(['up', ...argv, '--json', '--quiet'], { env })
  t.after(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  const said = JSON.parse(await running.until(/^\{.*\}\n/))
  const stop = async () => {
    await stopInOrder(running)
  }
  return { said, stop }
}

/** Runs a command that shall end by itself; a server that came up after all does not stay. */
function ends(t: TestContext, argv: readonly string[], env: Record<string, string> = {}) {
  const { child, ended } = startBsn(argv, { env })
  t.after(() => child.kill('SIGKILL'))
  return ended
}

describe('bsn up, which data folder and which port', { timeout: 60_000 }, () => {
  it('goes by BSN_HOME and BSN_PORT, and before them by what is written', async (t) => {
    const folder = scratchFolder(t)
    const [named, written] = [join(folder, 'named'), join(folder, 'written')]
    const port = await freePort()
    const env = { BSN_HOME: named, BSN_PORT: String(port) }
    const first = await up(t, [], env)
    assert.deepEqual([first.said.address, first.said.home], [`http://127.0.0.1:${port}`, named])
    const second = await up(t, ['--home', written, '--port', '0'], env)
    assert.notEqual(second.said.address, first.said.address)
    assert.equal(second.said.home, written)
    // The other commands find each by the same variable and the same option.
    for (const [argv, { said }] of [
      [[], first],
      [['--home', written], second],
    ] as const) {
      const status = await bsn(['status', '--json', ...argv], { env })
      assert.equal(JSON.parse(status.stdout).ledger, said.ledger)
    }
    await first.stop()
    await second.stop()
  })

  it('says which value is wrong, and makes nothing', async (t) => {
    const home = join(scratchFolder(t), 'home')
    for (const port of ['http', '-1', '65536', '80.5', '0x50']) {
      const env = { BSN_HOME: home, BSN_PORT: port }
      const { code, stdout, stderr } = await ends(t, ['up', '--json'], env)
      assert.deepEqual([code, stdout, JSON.parse(stderr).code], [2, '', 'CLI_OPTION_INVALID'], port)
      assert.match(JSON.parse(stderr).detail, new RegExp(`port.*${port}`))
    }
    const inFile = join(import.meta.dirname, 'bsn.ts', 'home')
    const { code, stderr } = await ends(t, ['up', '--port', '0', '--home', inFile, '--json'])
    assert.deepEqual([code, JSON.parse(stderr).code], [1, 'FILE_UNUSABLE'])
    assert.equal(existsSync(home), false)
  })
})

describe('a data folder that a newer version wrote', { timeout: 60_000 }, () => {
  it('is refused with what to do, and left as it is', async (t) => {
    const home = join(scratchFolder(t), 'home')
    await (await up(t, ['--home', home, '--port', '0'])).stop()
    const refused = async (what: string) => {
      const before = contentOf(home)
      for (const line of ['up --port 0', 'up --port 0 --read-only', 'ledger export --out x.bsn']) {
        const argv = [...line.replace('x.bsn', join(home, '../x.bsn')).split(' '), '--home', home]
        const { code, stdout, stderr } = await ends(t, [...argv, '--json'])
        const problem = JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
        assert.deepEqual([code, stdout, problem.code], [1, '', 'STORE_NEWER'], `${what}: ${line}`)
        assert.match(problem.remedy, /that version or a later one/)
        assert.deepEqual(contentOf(home), before, `${what}: ${line}`)
        if (what !== 'ledger') return
      }
    }
    const setFormat = async (format: number) => {
      const store = openStore({ folder: join(home, 'ledger/store') }, { onFailure: assert.fail })
      const meta = store.table('meta')
      await store.write(() => meta.put('format', encodeCbor(format)))
      await store.close()
    }
    await setFormat(2)
    await refused('ledger')
    await setFormat(1)
    const setVersion = (version: number) => {
      const database = new DatabaseSync(join(home, 'gateway.sqlite'))
      const before = Number(database.prepare('PRAGMA user_version').get()?.user_version)
      database.exec(`PRAGMA user_version = ${version}`)
      database.close()
      return before
    }
    const version = setVersion(999)
    await refused('gateway')
    setVersion(version)
    await (await up(t, ['--home', home, '--port', '0'])).stop()
  })
})
