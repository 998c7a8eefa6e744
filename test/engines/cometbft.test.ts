import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Engine, type EngineChange } from '../../src/engines/engine.ts'
import { engineFolder, engineLogPath } from '../../src/engines/engine-folder.ts'
import { installEngine } from '../../src/engines/install-engine.ts'
import { recipeOf } from '../../src/engines/recipes.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { closedPort } from '../../src/testing/cli.ts'
import { isGroupGone, until } from '../../src/testing/engine-program.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { missing, needs } from '../../src/testing/needs.ts'
import { userEngineCache, userEnvironment } from '../../src/testing/user-engines.ts'

const signal = new AbortController().signal

/** The height of the node on a port; rejects where it does not answer. */
async function heightAt(port: number, heeds = signal): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/status`, { signal: heeds })
  const { result } = (await response.json()) as {
    result: { sync_info: { latest_block_height: string } }
  }
  return Number(result.sync_info.latest_block_height)
}

/** One validator with the application that CometBFT brings along for tests. */
async function createNode(home: string, onChange: (change: EngineChange) => void) {
  const options = { recipe: recipeOf('cometbft'), cache: userEngineCache(), env: userEnvironment() }
  const { path } = await installEngine(options, { signal })
  execFileSync(path, ['init', '--home', home], { env: {}, stdio: 'ignore' })
  const [rpc, p2p] = [await closedPort(), await closedPort()]
  const addresses = [`--rpc.laddr=tcp://127.0.0.1:${rpc}`, `--p2p.laddr=tcp://127.0.0.1:${p2p}`]
  const args = ['node', '--home', home, '--proxy_app=kvstore', '--rpc.pprof_laddr=', ...addresses]
  const engine = createEngine(
    {
      name: 'cometbft',
      program: { path, args },
      folder: engineFolder(home, 'cometbft'),
      listens: [rpc, p2p].map((port) => ({ host: '127.0.0.1', port })),
      restartDelayMs: 50,
    },
    {
      clock: systemClock,
      probe: async (heeds) => assert.ok((await heightAt(rpc, heeds)) > 0),
      onChange,
    },
  )
  return { engine, rpc }
}

describe('CometBFT under the supervisor', () => {
  const { path: home, remove } = testFolder()
  const changes: EngineChange[] = []
  let node: { readonly engine: Engine; readonly rpc: number } | undefined
  before(async () => {
    if (missing(['go']) === undefined) node = await createNode(home, (one) => changes.push(one))
  })
  after(async () => {
    await node?.engine.stop()
    remove()
  })

  it('makes blocks, comes back after SIGKILL where it was, and stops in order', async (t) => {
    if (!needs(t, 'go')) return
    assert.ok(node)
    const { engine, rpc } = node
    await engine.start(signal)
    await until('it makes blocks', async () => (await heightAt(rpc)) >= 2)
    const height = await heightAt(rpc)
    const { pid = 0 } = engine
    process.kill(pid, 'SIGKILL')
    await until('it was seen', () => engine.pid !== pid)
    await until('it is healthy again', () => engine.state === 'healthy', 30_000)
    assert.ok((await heightAt(rpc)) >= height)
    const ends = changes.flatMap(({ end }) => end ?? [])
    assert.deepEqual([ends.length, ends[0]?.why, ends[0]?.signal], [1, 'ended', 'SIGKILL'])
    const { pid: last = 0 } = engine
    await engine.stop()
    const { code, signal: by } = changes.at(-1)?.end ?? {}
    assert.notEqual(by, 'SIGKILL', 'it heeds SIGTERM')
    assert.notEqual(code, undefined)
    // What was killed is taken away by the system, which may take a moment.
    await until('nothing is left', () => isGroupGone(last) && isGroupGone(pid))
    await assert.rejects(heightAt(rpc))
    const log = readFileSync(engineLogPath(engineFolder(home, 'cometbft')), 'utf8')
    assert.match(log, /\[openbsn\] .* cometbft ended by SIGKILL after \d+ ms; starts again/)
    assert.equal(log.match(/Completed ABCI Handshake/g)?.length, 2)
  })
})
