import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { isCodedError } from '@openbsn/sdk'
import { findEngine } from '../../../engines/find-engine.ts'
import { recipeOf } from '../../../engines/recipes.ts'
import { systemClock } from '../../../kernel/clock.ts'
import { isRunning, until } from '../../../testing/engine-program.ts'
import { testFolder } from '../../../testing/folder.ts'
import { needs } from '../../../testing/needs.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chain } from '../chain.ts'
import { createSandboxChains, type SandboxChainsOptions } from './sandbox-chains.ts'
import { Snapshots } from './snapshots.ts'

const signal = new AbortController().signal
/** The first account of the phrase that every tool of chains knows. */
const from = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const to = '0x00000000000000000000000000000000000000aa'

async function ask<T>(chain: Chain, method: string, params: unknown[] = []): Promise<T> {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  const changes = method === 'eth_sendTransaction'
  const answer = JSON.parse(String(await chain.send({ body, changes, signal })))
  assert.ok('result' in answer, JSON.stringify(answer))
  return answer.result
}

const heightOf = async (chain: Chain) => Number(await ask<string>(chain, 'eth_blockNumber'))
const pay = (chain: Chain) => ask(chain, 'eth_sendTransaction', [{ from, to, value: '0x1' }])

/** Pays, and waits until it is in a block. */
async function paid(chain: Chain): Promise<number> {
  const before = await heightOf(chain)
  await pay(chain)
  await until('it is in a block', async () => (await heightOf(chain)) > before)
  return before + 1
}

/** Writes until the disk takes no more. */
function fill(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(1024, 1))
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}

const codeOf = (error: unknown) => (isCodedError(error) ? error.code : error)

function setUp(t: TestContext, options: Partial<SandboxChainsOptions> = {}) {
  const { path: folder, remove } = testFolder()
  const notices: ChainNotice[] = []
  const open = () =>
    createSandboxChains(
      { folder, ledger: 'bsn1test', saveIntervalMs: 50, ...options },
      {
        isEvm: (service) => service !== 'flights',
        clock: systemClock,
        findAnvil: async () =>
          (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path,
        onNotice: (one) => notices.push(one),
      },
    )
  const opened = [open()]
  t.after(async () => {
    for (const one of opened) await one.close()
    remove()
  })
  const chain = (name = 'coin') => opened.at(-1)?.of(name) ?? assert.fail(name)
  const pidOf = (name = 'coin') =>
    Number.parseInt(readFileSync(join(folder, name, 'engine/engine.pid'), 'utf8'), 10)
  const isAwake = (name = 'coin') => {
    try {
      return isRunning(pidOf(name))
    } catch {
      return false
    }
  }
  const saved = (name = 'coin') => {
    try {
      return readdirSync(join(folder, name, 'state')).filter((one) => one.endsWith('.gz'))
    } catch {
      return []
    }
  }
  return { folder, notices, opened, open, chain, pidOf, isAwake, saved }
}

describe('a sandbox chain', () => {
  it('runs when it is asked, sleeps when it is not, and wakes where it was', async (t) => {
    const { chain, isAwake, opened } = setUp(t, { idleMs: 300 })
    assert.equal(opened[0]?.of('flights'), undefined)
    const coin = chain()
    assert.equal(isAwake(), false)
    assert.equal(Number(await ask(coin, 'eth_chainId')), coin.chainId)
    const height = await paid(coin)
    const block = await ask(coin, 'eth_getBlockByNumber', ['latest', true])
    await until('it sleeps', () => !isAwake())
    const startMs = performance.now()
    assert.deepEqual(await ask(coin, 'eth_getBlockByNumber', ['latest', true]), block)
    const wakeMs = performance.now() - startMs
    t.diagnostic(`woken in ${Math.round(wakeMs)} ms`)
    assert.ok(wakeMs < 3000, `${wakeMs} ms`)
    assert.equal(await heightOf(coin), height)
    assert.equal(Number(await ask(coin, 'eth_getBalance', [to, 'latest'])), 1)
    assert.equal(coin.epoch, 0)
  })

  it('is killed: goes on from its last snapshot by itself, and says that it did', async (t) => {
    const { chain, folder, pidOf, notices, saved } = setUp(t)
    const coin = chain()
    const height = await paid(coin)
    const savedHeight = () => {
      const newest = saved().toSorted().at(-1)
      const path = newest && join(folder, 'coin/state', newest)
      return path ? JSON.parse(gunzipSync(readFileSync(path)).toString()).best_block_number : -1
    }
    await until('it is saved', () => Number(savedHeight()) === height)
    process.kill(pidOf(), 'SIGKILL')
    await until('it was noticed', () => coin.epoch === 1)
    assert.equal(await heightOf(coin), height)
    assert.match(notices.at(-1)?.text ?? '', /ended by itself \(SIGKILL.*last snapshot/)
  })

  it('loses nothing at a clean stop, and one interval where a snapshot is damaged', async (t) => {
    const { chain, opened, open, folder, saved, notices } = setUp(t)
    const height = await paid(chain())
    await opened[0]?.close()
    opened.push(open())
    assert.equal(await heightOf(chain()), height)
    await paid(chain())
    await opened[1]?.close()
    const [older = '', newest = ''] = saved()
      .toSorted()
      .map((name) => join(folder, 'coin/state', name))
    writeFileSync(newest, readFileSync(newest).subarray(1))
    const kept = JSON.parse(gunzipSync(readFileSync(older)).toString())
    opened.push(open())
    assert.equal(await heightOf(chain()), Number(kept.best_block_number))
    assert.match(notices.at(-1)?.text ?? '', /damaged and left out/)
    for (const name of saved()) writeFileSync(join(folder, 'coin/state', name), 'none')
    await opened[2]?.close()
    for (const name of saved()) writeFileSync(join(folder, 'coin/state', name), 'none')
    opened.push(open())
    // It is never begun anew by itself.
    await assert.rejects(heightOf(chain()), { code: 'CHAIN_UNAVAILABLE' })
    assert.equal(codeOf(notices.at(-1)?.err), 'CHAIN_STATE_DAMAGED')
  })
})

describe('sandbox chains', () => {
  it('makes room for others: so many run at one time, the others sleep', async (t) => {
    const { chain, isAwake } = setUp(t, { awakeMax: 2 })
    const names = ['aa', 'bb', 'cc']
    for (const name of names) await paid(chain(name))
    assert.deepEqual(names.map(isAwake), [false, true, true])
    assert.equal(await heightOf(chain('aa')), 1)
    assert.deepEqual(names.map(isAwake), [true, false, true])
  })

  it('tells subscribers of blocks, and that they have to come back', async (t) => {
    const { chain, pidOf } = setUp(t, { idleMs: 200 })
    const coin = chain()
    const messages: string[] = []
    const closed = Promise.withResolvers<void>()
    const stream = await coin.openStream(
      { onMessage: (one) => messages.push(one.toString()), onClose: () => closed.resolve() },
      signal,
    )
    stream.send(
      Buffer.from('{"jsonrpc":"2.0","id":"s","method":"eth_subscribe","params":["newHeads"]}'),
    )
    await until('it is subscribed', () => messages.length === 1)
    await paid(coin)
    await until('it is told', () => messages.length === 2)
    assert.match(messages[1] ?? '', /^\{"jsonrpc":"2.0","method":"eth_subscription"/)
    await new Promise((resolve) => setTimeout(resolve, 500))
    // Who is listened to stays awake.
    process.kill(pidOf(), 'SIGKILL')
    await closed.promise
  })
})

describe('the bounds of a sandbox chain', () => {
  it('takes no more transactions than fit, and can be read', async (t) => {
    const { chain, notices } = setUp(t, { stateBytesMax: 1000 })
    const coin = chain()
    const height = await paid(coin)
    await until('it is full', () => notices.some(({ text }) => /no more transactions/.test(text)))
    const late = pay(coin)
    await assert.rejects(late, { code: 'CHAIN_FULL' })
    assert.equal(await heightOf(coin), height)
  })

  it('is saved and started again where it takes too much memory', async (t) => {
    const { chain, notices } = setUp(t, { memoryBytesMax: 1 })
    const height = await paid(chain())
    await until('it is noticed', () => notices.some(({ text }) => /too much memory: it/.test(text)))
    assert.equal(await heightOf(chain()), height)
    // So soon after it woke, it would be so again and again.
    await assert.rejects(pay(chain()), { code: 'CHAIN_FULL' })
  })

  it('goes on from the one before where its engine cannot read a snapshot', async (t) => {
    const { chain, opened, open, folder, notices } = setUp(t)
    const height = await paid(chain())
    await opened[0]?.close()
    const state = { folder: join(folder, 'coin/state'), stateBytesMax: 1000 }
    await new Snapshots(state, { onDamaged: () => undefined }).save(gzipSync('{}'))
    opened.push(open())
    assert.equal(await heightOf(chain()), height)
    assert.match(notices.at(-1)?.text ?? '', /ended by itself \(code \d/)
  })

  it('goes on where the disk is full, says what it may lose, and is saved later', async (t) => {
    if (!needs(t, 'tmpfs')) return
    const { chain, folder, notices, saved, opened } = setUp(t)
    const place = join(folder, 'coin')
    mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place])
    try {
      const height = await paid(chain())
      await until('it is saved', () => saved().length > 0)
      fill(join(place, 'filler'))
      const before = saved()
      await paid(chain())
      const isTold = () => notices.some(({ text }) => text === 'the chain is not saved')
      await until('it is told', isTold)
      await until('it may lose more', () => chain().lossSecondsMax > 1)
      assert.deepEqual([await heightOf(chain()), saved()], [height + 1, before])
      rmSync(join(place, 'filler'))
      const newest = (names: readonly string[]) => names.toSorted().at(-1)
      await until('it is saved again', () => newest(saved()) !== newest(before))
    } finally {
      await opened[0]?.close()
      execFileSync('umount', [place])
    }
  })

  it('does not wake where there is no engine, and says why in the log', async (t) => {
    const { path: folder, remove } = testFolder()
    const notices: ChainNotice[] = []
    const chains = createSandboxChains(
      { folder, ledger: 'bsn1test' },
      {
        ...{ isEvm: () => true, clock: systemClock, onNotice: (one) => notices.push(one) },
        findAnvil: () => Promise.reject(new RangeError('no anvil')),
      },
    )
    t.after(remove)
    const coin = chains.of('coin') ?? assert.fail()
    assert.equal(chains.isFailing(), false)
    const asked = heightOf(coin)
    await assert.rejects(asked, { code: 'CHAIN_UNAVAILABLE', retryable: true })
    assert.equal(String(notices[0]?.err), 'RangeError: no anvil')
    assert.equal(chains.isFailing(), true)
    await chains.close()
    assert.equal(chains.of('coin'), undefined)
  })
})
