import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fromBase64url } from '@openbsn/sdk'
import { newStoredKey, signerOfStored } from '../../../crypto/key-file.ts'
import { assert } from '../../../kernel/assert.ts'
import { type AbciHandlers, createAbciServer } from './abci-server.ts'
import {
  type ChainStart,
  type EngineKey,
  genesisFile,
  lastSignedFile,
  nodeIdOf,
  type StateSource,
  writeCometConfig,
  writeCometHome,
} from './comet-home.ts'
import type { LightBlock } from './light-blocks.ts'
import { openLightServer } from './light-server.ts'

/**
 * Lets a CometBFT that has no blocks begin behind the last one of the ledger, which was taken as a
 * snapshot. CometBFT takes a state from another node alone, by its own light client; so for some
 * seconds a second one runs beside it, which has no block either, knows of nobody else, and offers
 * the state that the ledger already has.
 */
export interface StateSync {
  /** CometBFT's name of the second one. */
  readonly giver: string
  /**
   * Before CometBFT starts: removes what it has, and runs all that it needs until `end`.
   * @throws ENGINE_*
   */
  begin(): Promise<StateSource>
  /** Stops and removes all of it; nothing where it did not begin. */
  end(): Promise<void>
}

export type StateSyncOptions = {
  readonly start: ChainStart
  /** The last block of the ledger, and the two after it. */
  readonly blocks: readonly LightBlock[]
  /** The folder of the CometBFT that begins. */
  readonly comet: string
  /** A folder for the second one, made and removed; and its local sockets. */
  readonly folder: string
  readonly sockets: { readonly abci: string; readonly rpc: string }
}

export type StateSyncDeps = {
  /** The second CometBFT, on `folder`. */
  readonly engine: { start(): Promise<void>; stop(): Promise<void> }
  /** Of the second one; it can begin again. */
  readonly onFailure: (error: Error) => void
}

/** Runs nothing yet. */
export function createStateSync(options: StateSyncOptions, deps: StateSyncDeps): StateSync {
  const { start, blocks, comet, folder, sockets } = options
  const { engine, onFailure } = deps
  const [block] = blocks
  assert(block !== undefined, 'a state is synchronized to a block')
  const key = newEngineKey()
  const giver = nodeIdOf(key.raw)
  const stops: (() => Promise<void>)[] = []
  let running: Promise<StateSource> | undefined

  async function run({ height, hash }: LightBlock): Promise<StateSource> {
    rmSync(folder, { recursive: true, force: true })
    for (const path of Object.values(sockets)) rmSync(path, { force: true })
    const listen = `127.0.0.1:${await freePort()}`
    writeCometHome(folder, { genesis: genesisFile(start), nodeKey: key })
    const alone = { peers: [], meetsOthers: false }
    writeCometConfig(folder, { moniker: giver, sockets, listen, ...alone })
    const handlers = giverHandlers(start, height)
    // A killed CometBFT leaves the file of its socket, which the next one would stumble over.
    const onHangUp = () => rmSync(sockets.rpc, { force: true })
    const abci = createAbciServer({ handlers, onFailure, onHangUp })
    await abci.listen(sockets.abci)
    stops.push(() => abci.close())
    const light = await openLightServer({ blocks, initialHeight: start.initialHeight })
    stops.push(() => light.close())
    stops.push(() => engine.stop())
    await engine.start()
    return { height, hash, server: light.url, giver: `${giver}@${listen}` }
  }

  async function end(): Promise<void> {
    await running?.catch(() => undefined)
    running = undefined
    for (const stop of stops.splice(0).reverse()) await stop()
    for (const path of [folder, ...Object.values(sockets)]) {
      rmSync(path, { recursive: true, force: true })
    }
  }

  return {
    giver,
    begin: async () => {
      removeBlocks(comet)
      running ??= run(block)
      try {
        return await running
      } catch (error) {
        await end()
        throw error
      }
    },
    end,
  }
}

/** The first node connects to the second one, as to any peer; nobody else is told of it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'a server has an address')
  server.close()
  await once(server, 'close')
  return address.port
}

/**
 * Until its first block is there CometBFT can neither start on what it has of the state, nor take
 * it a second time. What a validator has signed stays known.
 */
function removeBlocks(comet: string): void {
  const data = join(comet, 'data')
  if (!existsSync(data)) return
  for (const name of readdirSync(data)) {
    if (name !== lastSignedFile) rmSync(join(data, name), { recursive: true })
  }
}

function newEngineKey(): EngineKey {
  const stored = newStoredKey()
  const secret = fromBase64url(stored.secret)
  assert(secret !== undefined, 'a new key is stored in base64url')
  return { secret, raw: signerOfStored(stored).key.raw }
}

const never = () => assert(false, 'who only gives a state decides no block')

/** The state is with the taker already: a chunk says nothing, but may not be empty. */
function giverHandlers({ appHash }: ChainStart, height: number): AbciHandlers {
  const none = new Uint8Array()
  const snapshot = { height: BigInt(height), format: 1, chunks: 1, hash: appHash, metadata: none }
  return {
    info: () => ({ data: 'openbsn', lastBlockHeight: 0n, lastBlockAppHash: none }),
    initChain: () => ({ appHash }),
    query: () => ({ code: 0 }),
    checkTx: () => ({ code: 1 }),
    listSnapshots: () => ({ snapshots: [snapshot] }),
    loadSnapshotChunk: () => ({ chunk: Uint8Array.of(0) }),
    offerSnapshot: never,
    applySnapshotChunk: never,
    prepareProposal: never,
    processProposal: never,
    extendVote: never,
    verifyVoteExtension: never,
    finalizeBlock: never,
    commit: never,
  }
}
