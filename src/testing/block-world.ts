import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import type { BlockIndex } from '../frameworks/blocks/block-index.ts'
import { blockTables } from '../frameworks/blocks/index-tables.ts'
import type { RegisterRange } from '../frameworks/blocks/range-registrar.ts'
import type { ChainNotice } from '../frameworks/chain-notice.ts'
import {
  type ChainIndexDeps,
  type ChainIndexOptions,
  createChainIndex,
} from '../frameworks/evm/blocks/chain-index.ts'
import type { Chain } from '../frameworks/evm/chain.ts'
import { ask } from '../frameworks/evm/chain-rpc.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import type { SandboxLimits } from '../frameworks/evm/sandbox/sandbox-limits.ts'
import { systemClock } from '../kernel/clock.ts'
import { openSql } from '../storage/sql.ts'
import { until } from './engine-program.ts'
import { testFolder } from './folder.ts'
import { freePorts } from './free-ports.ts'
import { keyOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

type Hex = `0x${string}`

export const signal = new AbortController().signal
/** The first account of the phrase that every tool of chains knows. */
export const from = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const gas = '0x1c9c380'

/**
 * A contract in the engine's own words. Called with a topic and a number n it makes n logs with
 * that topic, and what is left to make as data: n, n - 1, …
 */
const runtime = '5f356020355b801560 1a57805f52 8160205fa1 600190036005565b00'.replaceAll(' ', '')
const revertingRuntime = '5f5ffd'
const creationOf = (code: string) =>
  `0x60${(code.length / 2).toString(16).padStart(2, '0')}8060095f395ff3${code}` as Hex

const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
/** Calldata for so many logs with a topic. */
export const logsCall = (topic: number, count: number): Hex => `0x${word(topic)}${word(count)}`
export const topicOf = (topic: number): Hex => `0x${word(topic)}`

/** What a test does with a chain. */
export function chainTools(chain: Pick<Chain, 'send'>) {
  const asks = (method: string, params: unknown[] = []) => ask(chain, method, params, { signal })
  const changes = (method: string, params: unknown[] = []) =>
    ask(chain, method, params, { signal, changes: true })
  const height = async () => Number(await asks('eth_blockNumber'))
  const send = (fields: object) =>
    changes('eth_sendTransaction', [{ from, gas, ...fields }]) as Promise<Hex>
  const receipt = async (hash: Hex) => {
    let found: Record<string, string> | null = null
    await until(`${hash} is in a block`, async () => {
      found = (await asks('eth_getTransactionReceipt', [hash])) as Record<string, string> | null
      return found !== null
    })
    return found ?? assert.fail()
  }
  const deploy = async (code = runtime) => {
    const { contractAddress } = await receipt(await send({ data: creationOf(code) }))
    return (contractAddress ?? assert.fail('no contract')) as Hex
  }
  return {
    asks,
    changes,
    height,
    send,
    receipt,
    deploy,
    deployReverting: () => deploy(revertingRuntime),
  }
}

/** Sandbox chains of a test's own. */
export function sandboxes(t: TestContext, limits: Partial<SandboxLimits> = {}) {
  const { path: folder, remove } = testFolder()
  const closing: (() => Promise<void>)[] = []
  const sandboxed = createSandboxChains(
    { folder, ledger: 'bsn1test', saveIntervalMs: 60_000, ...limits },
    {
      isEvm: (service) => service !== 'flights',
      clock: systemClock,
      findAnvil: async () => (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path,
      onNotice: () => undefined,
    },
  )
  const chains: ClosingChains = { of: (service) => sandboxed.of(service), closing }
  t.after(async () => {
    // An index asks its chains, which wakes them.
    for (const close of closing) await close()
    await sandboxed.close()
    remove()
  })
  const chain = chains.of('coin') ?? assert.fail()
  const pid = () =>
    Number.parseInt(readFileSync(join(folder, 'coin/engine/engine.pid'), 'utf8'), 10)
  const saved = () => {
    const state = join(folder, 'coin/state')
    return existsSync(state) ? readdirSync(state).toSorted().at(-1) : undefined
  }
  return { chains, chain, pid, saved, ...chainTools(chain) }
}

/** A chain of somebody else: an anvil on a port of this machine, straight and as tools see it. */
export async function outerChain(t: TestContext, chainId = 424_242) {
  const [port = 0] = await freePorts(1)
  const { path: cache, remove } = testFolder()
  const { path } = await findEngine({ recipe: recipeOf('anvil'), cache })
  const args = ['--quiet', '--port', String(port), '--chain-id', String(chainId)]
  const start = () => spawn(path, args, { stdio: 'ignore' })
  let child: ChildProcess = start()
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  t.after(async () => {
    await stop()
    remove()
  })
  const url = `http://127.0.0.1:${port}`
  const straight: Pick<Chain, 'send'> = {
    send: async ({ body }) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) })
      return Buffer.from(await answer.arrayBuffer())
    },
  }
  const tools = chainTools(straight)
  const isUp = () =>
    tools.height().then(
      () => true,
      () => false,
    )
  await until('the chain is up', isUp)
  const restart = async () => {
    await stop()
    child = start()
    await until('the chain is up', isUp)
  }
  return { url, ...tools, restart }
}

/** Chains, and what is to be closed before them. */
export type ClosingChains = ChainIndexDeps['chains'] & {
  readonly closing: (() => Promise<void>)[]
}

type WorldOptions = ChainIndexOptions &
  Partial<Pick<ChainIndexDeps, 'watched'>> & {
    readonly chains: ClosingChains
    /** Registers in a ledger of its own. */
    readonly world?: LedgerWorld
    readonly path?: string
  }

/** Has the operator of the world's ledger register ranges. */
export const registerIn =
  (world: LedgerWorld): RegisterRange =>
  async (range) => {
    const act = await world.act('blocks-register', range, { signer: namedSigner('operator') })
    return world.submitOne(act)
  }

/** A ledger with the service `coin` and its operator. */
export async function coinLedger(t: TestContext): Promise<LedgerWorld> {
  const world = await LedgerWorld.create()
  t.after(() => world.remove())
  await world.done('operator-key-register', { key: keyOf('operator') })
  await world.done('service-create', { id: 'coin', framework: 'evm' })
  return world
}

/** An index of its own over chains. Its database is in a file that another one can open. */
export function openBlocks({ chains, world, watched, path, ...options }: WorldOptions) {
  const folder = testFolder()
  const file = path ?? folder.file('blocks.db')
  const database = openSql(file, [blockTables])
  const notices: ChainNotice[] = []
  const index: BlockIndex = createChainIndex(
    { registerMs: 20, ...options },
    {
      ...{ database, chains, onNotice: (one) => notices.push(one) },
      ledger: world?.ledger ?? { entry: () => undefined, receipts: () => [] },
      ...(world ? { register: registerIn(world) } : {}),
      watched: watched ?? (() => ({ contracts: [], transactions: [] })),
      nowMs: () => performance.now(),
    },
  )
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await index.close()
    database.close()
  }
  chains.closing.push(async () => {
    await close()
    folder.remove()
  })
  return { index, database, notices, file, close }
}

/** Every log from a position on, in pages. */
export function allLogs(index: BlockIndex, from = 0, limit = 7, filter = {}) {
  const found = []
  let at = from
  for (;;) {
    const { logs, next } = index.logs.read('coin', { from: at, limit, ...filter })
    found.push(...logs)
    if (next === at) return found
    at = next
  }
}
