import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createPublicClient, createWalletClient, defineChain, http, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { findEngine } from '../../src/engines/find-engine.ts'
import { recipeOf } from '../../src/engines/recipes.ts'
import { until } from '../../src/testing/engine-program.ts'
import { freePorts } from '../../src/testing/free-ports.ts'
import { scratchFolder, startNetwork } from '../cli/bsn.ts'

/** Of the first account of the phrase that every tool of chains knows. */
const known = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const account = privateKeyToAccount(known)

/**
 * A contract in the engine's own words. Called with data it counts up in its slot 0 and says the
 * new number as an event with topic 42; called without, it returns the number.
 */
export const counterCode =
  '0x601e8060095f395ff336600c575f545f5260205ff35b60015f5401805f555f52602a60205fa100'

export type Network = Awaited<ReturnType<typeof startNetwork>>

type Entry = {
  readonly chainId: number
  readonly finalDepth?: number
  readonly upstreams: object[]
  readonly rest?: object[]
}

/**
 * A network with the EVM service `coin` in its sandbox, and how tools reach it. It knows the chain
 * `outer` of somebody else, and those that `more` gives.
 */
export async function startEvm(
  t: TestContext,
  more: (outer: Outer) => Promise<Record<string, Entry>> = async () => ({}),
) {
  const folder = scratchFolder(t)
  const home = join(folder, 'home')
  const outer = await startOuterChain(t)
  const file = join(folder, 'chains.json')
  const place = `127.0.0.1:${outer.port}`
  const upstreams = [{ url: `http://${place}`, ws: `ws://${place}` }]
  const chains = {
    outer: { chainId: outerChainId, finalDepth: 0, upstreams },
    ...(await more(outer)),
  }
  writeFileSync(file, JSON.stringify({ chains }), { mode: 0o600 })
  const network = await startNetwork(t, home, ['--chains', file])
  const { does, keyFor } = commands(network, folder)
  await does('service', 'create', 'coin', '--framework', 'evm', '--sandbox')
  const key = await keyFor('coin', '--sandbox')
  const chainFolder = join(home, 'sandbox/chains/coin')
  return { network, home, does, keyFor, key, chainFolder, outer }
}

export const outerChainId = 424_242
export type Outer = Awaited<ReturnType<typeof startOuterChain>>

/** A chain of somebody else, on a port of this machine. */
async function startOuterChain(t: TestContext) {
  const [port = 0] = await freePorts(1)
  const { path } = await findEngine({ recipe: recipeOf('anvil'), cache: scratchFolder(t) })
  const args = ['--quiet', '--port', String(port), '--chain-id', String(outerChainId)]
  const start = () => spawn(path, args, { stdio: 'ignore' })
  let child = start()
  t.after(() => child.kill('SIGKILL'))
  return {
    port,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    restart: () => {
      child = start()
    },
  }
}

export type World = Awaited<ReturnType<typeof startEvm>>

function commands({ run }: Network, folder: string) {
  const does = async (...argv: readonly string[]) => {
    const { code, stdout, stderr } = await run(...argv, '--json')
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  let made = 0
  const keyFor = async (service: string, ...more: readonly string[]): Promise<string> => {
    const out = join(folder, `${made++}.credential`)
    const named = ['--service', service, '--api-key', '--label', 'x', '--out', out]
    await does('credential', 'create', ...named, ...more)
    return JSON.parse(readFileSync(out, 'utf8')).apiKey
  }
  return { does, keyFor }
}

/** What viem makes of a service's door. */
export function toolsAt(address: string, key: string, chainId: number, service = 'coin') {
  const url = `${address}/api/${key}/${service}/rpc`
  const chain = defineChain({
    id: chainId,
    name: service,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  const transport = http(url, { retryCount: 0 })
  const options = { chain, transport, pollingInterval: 20, cacheTime: 0 }
  const reader = createPublicClient(options)
  const wallet = createWalletClient({ ...options, account })
  const socketUrl = url.replace('http', 'ws').replace(/rpc$/, 'ws')
  const listener = () => {
    const client = createPublicClient({
      ...{ chain, transport: webSocket(socketUrl, { reconnect: false, keepAlive: false }) },
    })
    return { client, close: async () => (await client.transport.getRpcClient()).close() }
  }
  return { url, socketUrl, reader, wallet, listener }
}
export type Tools = ReturnType<typeof toolsAt>

/** Deploys the counter. */
export async function deployCounter({ reader, wallet }: Tools): Promise<`0x${string}`> {
  const hash = await wallet.sendTransaction({ data: counterCode })
  const { contractAddress, status } = await reader.waitForTransactionReceipt({ hash })
  assert.equal(status, 'success')
  return contractAddress ?? assert.fail('no contract')
}

export async function countUp({ reader, wallet }: Tools, to: `0x${string}`) {
  const hash = await wallet.sendTransaction({ to, data: '0x01' })
  return reader.waitForTransactionReceipt({ hash })
}

export async function counted({ reader }: Tools, to: `0x${string}`): Promise<number> {
  const { data } = await reader.call({ to })
  return Number(data)
}

/** Posts bytes as they are; the answer as it is. */
export async function postRaw(url: string, body: string, headers: Record<string, string> = {}) {
  const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
  const answer = await fetch(url, sent)
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

/**
 * Asks the engine itself, past the door, with the same bytes. Empty where it has no answer in a
 * time in which it answers anything.
 */
export function askEngine(chainFolder: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(chainFolder, 'ipc'), () => socket.write(`${body}\n`))
    let text = ''
    const done = () => {
      clearTimeout(late)
      socket.destroy()
      resolve(text.slice(0, -1))
    }
    const late = setTimeout(done, 3000)
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk
      if (text.endsWith('\n')) done()
    })
  })
}

export const enginePid = (chainFolder: string) =>
  Number.parseInt(readFileSync(join(chainFolder, 'engine/engine.pid'), 'utf8'), 10)

/** Kills the engine of a chain, and waits until another one runs. */
export async function killEngine(chainFolder: string): Promise<void> {
  const pid = enginePid(chainFolder)
  process.kill(pid, 'SIGKILL')
  const file = join(chainFolder, 'engine/engine.pid')
  await until('it runs again', () => existsSync(file) && enginePid(chainFolder) !== pid)
}

/** Snapshots that are on disk, newest last. */
export function snapshotsIn(chainFolder: string): string[] {
  const folder = join(chainFolder, 'state')
  return existsSync(folder) ? readdirSync(folder).toSorted() : []
}

/** The block up to which a crash takes nothing. */
export function savedHeight(chainFolder: string): number {
  const newest = snapshotsIn(chainFolder).findLast((name) => name.endsWith('.gz'))
  if (newest === undefined) return -1
  const packed = readFileSync(join(chainFolder, 'state', newest))
  return Number(JSON.parse(gunzipSync(packed).toString()).best_block_number)
}
