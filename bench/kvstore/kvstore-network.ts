import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase64url } from '@openbsn/sdk'
import { newStoredKey, signerOfStored } from '../../src/crypto/key-file.ts'
import { assert } from '../../src/kernel/assert.ts'
import {
  type EngineKey,
  genesisFile,
  nodeIdOf,
  writeCometConfig,
  writeCometHome,
} from '../../src/ledger/sequencers/cometbft/comet-home.ts'
import { freePorts } from '../../src/testing/free-ports.ts'
import { benchError } from '../errors.ts'
import { rememberChild } from '../network/children.ts'

/** Several CometBFT with its own application, each of one power. */
export interface KvstoreNetwork {
  /** Of their RPC. */
  readonly ports: readonly number[]
  readonly pids: readonly number[]
  stop(): Promise<void>
}

const validatorCount = 4

function newEngineKey(): EngineKey {
  const key = newStoredKey()
  const secret = fromBase64url(key.secret)
  assert(secret !== undefined, 'a stored key has a secret')
  return { secret, raw: signerOfStored(key).key.raw }
}

/** Starts them with the settings that our nodes have, in a folder of their own. */
export async function startKvstore(program: string, folder: string): Promise<KvstoreNetwork> {
  const ports = await freePorts(2 * validatorCount)
  const members = Array.from({ length: validatorCount }, (_, i) => ({
    home: join(folder, `kvstore-${i}`),
    nodeKey: newEngineKey(),
    consensusKey: newEngineKey(),
    listen: `127.0.0.1:${ports[2 * i]}`,
    rpc: ports[2 * i + 1] ?? 0,
  }))
  const validators = members.map(({ consensusKey, nodeKey }) => {
    const { key } = signerOfStored(newStoredKey())
    return { ...key, kid: nodeKey.raw, power: 10, consensusKey: consensusKey.raw }
  })
  const start = { ledger: 'kvstore', initialHeight: 1, time: Math.floor(Date.now() / 1000) }
  const genesis = genesisFile({ ...start, appHash: new Uint8Array(), validators })
  const children = members.map(({ home, nodeKey, consensusKey, listen, rpc }) => {
    writeCometHome(home, { genesis, nodeKey, consensusKey })
    const others = members.filter((one) => one.listen !== listen)
    const peers = others.map((one) => `${nodeIdOf(one.nodeKey.raw)}@${one.listen}`)
    // Neither socket is used: what is said at the start goes before the file.
    const sockets = { abci: join(home, 'abci.sock'), rpc: join(home, 'rpc.sock') }
    writeCometConfig(home, { moniker: nodeIdOf(nodeKey.raw), sockets, listen, peers })
    const log = openSync(join(home, 'log'), 'a')
    const own = ['--proxy_app', 'kvstore', '--rpc.laddr', `tcp://127.0.0.1:${rpc}`]
    const child = spawn(program, ['node', '--home', home, ...own], { stdio: ['ignore', log, log] })
    rememberChild(child)
    closeSync(log)
    return child
  })
  await Promise.all(members.map(({ rpc }) => becomesReady(rpc)))
  return {
    ports: members.map(({ rpc }) => rpc),
    pids: children.flatMap(({ pid }) => pid ?? []),
    stop: async () => {
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(ended)
    },
  }
}

const readyTimeoutMs = 30_000

/** Until it knows of all the others and takes part. @throws BENCH_PROCESS_FAILED */
async function becomesReady(rpc: number): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs
  while (performance.now() < deadline) {
    const [network, status] = await Promise.all([ask(rpc, 'net_info'), ask(rpc, 'status')])
    const isConnected = network.n_peers === String(validatorCount - 1)
    if (isConnected && status.sync_info?.catching_up === false) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw benchError('BENCH_PROCESS_FAILED', 'The nodes of kvstore did not find each other.')
}

type Answered = {
  readonly n_peers?: string
  readonly sync_info?: { readonly catching_up: boolean }
}

/** Empty where there is no answer yet. */
async function ask(rpc: number, method: string): Promise<Answered> {
  const answer = await fetch(`http://127.0.0.1:${rpc}/${method}`).catch(() => undefined)
  const { result }: { result?: Answered } = answer?.ok ? Object(await answer.json()) : {}
  return result ?? {}
}
