import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  type CborValue,
  encodeCbor,
  type Genesis,
  sha256,
  signStatement,
  utf8,
  validator,
} from '@openbsn/sdk'
import { createLedger, type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import {
  genesisFile,
  nodeIdOf,
  writeCometConfig,
  writeCometHome,
} from '../ledger/sequencers/cometbft/comet-home.ts'
import { Cometbft } from '../ledger/sequencers/cometbft/cometbft.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { testFolder } from './folder.ts'
import { namedSigner } from './named-signer.ts'

const keyOf = (name: string) => ({
  secret: sha256(utf8(name)),
  raw: namedSigner(name).key.raw,
})

type WorldNode = {
  readonly folder: string
  ledger: OpenLedger
  cometbft: Cometbft
  engine: SpawnedEngine
}

export class SpawnedEngine {
  readonly #home: string
  #child: ChildProcess | undefined

  constructor(home: string) {
    this.#home = home
  }

  async start(): Promise<void> {
    const program = process.env.BSN_ENGINE_COMETBFT ?? join(homedir(), 'go/bin/cometbft')
    const log = openSync(join(this.#home, 'log'), 'a')
    this.#child = spawn(program, ['node', '--home', this.#home], { stdio: ['ignore', log, log] })
    await once(this.#child, 'spawn')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await once(child, 'exit')
    clearTimeout(late)
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((one) => once(one, 'listening')))
  const ports = servers.map((one) => Number((one.address() as { port: number }).port))
  await Promise.all(servers.map((one) => new Promise((done) => one.close(done))))
  return ports
}

/** Several nodes of one ledger in this process, each with a real CometBFT beside it. */
export class CometWorld {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  readonly nodes: WorldNode[] = []
  readonly genesis: Genesis
  readonly #validators: number
  #acts = 0

  private constructor(validators: number) {
    this.#validators = validators
    this.genesis = {
      name: 'Net',
      time: Math.floor(Date.now() / 1000),
      nonce: new Uint8Array(16),
      member: { id: 'admin', key: namedSigner('member').key },
      validators: Array.from({ length: validators }, (_, i) => ({
        ...validator(namedSigner(`validator ${i}`).key, 10),
        consensusKey: keyOf(`consensus ${i}`).raw,
      })),
    }
  }

  static async create({ validators = 4, followers = 0 } = {}): Promise<CometWorld> {
    const world = new CometWorld(validators)
    const ports = await freePorts(validators + followers)
    for (const i of ports.keys()) await world.#addNode(i, ports)
    return world
  }

  async #addNode(i: number, ports: readonly number[]): Promise<void> {
    const folder = join(this.folder.path, `n${i}`)
    const onFailure = (error: Error) => this.failures.push(error)
    const id = await createLedger(folder, this.genesis, { modules, onFailure })
    const comet = join(folder, 'comet')
    mkdirSync(comet, { recursive: true })
    const sockets = { abci: join(folder, 'abci.sock'), rpc: join(folder, 'rpc.sock') }
    const isValidator = i < this.#validators
    const peers = ports.flatMap((port, peer) =>
      peer === i ? [] : [`${nodeIdOf(keyOf(`node ${peer}`).raw)}@127.0.0.1:${port}`],
    )
    const engine = new SpawnedEngine(comet)
    const node = { folder, engine } as WorldNode
    node.ledger = openLedger(
      { folder, workers: 1, memtableEntries: 2 ** 14 },
      {
        clock: { nowSeconds: () => Math.floor(Date.now() / 1000) },
        signer: isValidator ? namedSigner(`validator ${i}`) : undefined,
        modules,
        recordPolicy: credentialPolicy,
        onFailure,
        openSequencer: (parts) => {
          const options = { ledger: id, initialHeight: 1, version: 'test', sockets }
          node.cometbft = new Cometbft(options, {
            ...parts,
            engine,
            onMisbehavior: () => undefined,
          })
          return node.cometbft
        },
      },
    )
    const { head } = node.ledger
    writeCometHome(comet, {
      genesis: genesisFile({
        ...{ ledger: id, initialHeight: 1, time: head.time, appHash: head.appHash },
        validators: this.genesis.validators,
      }),
      nodeKey: keyOf(`node ${i}`),
      ...(isValidator ? { consensusKey: keyOf(`consensus ${i}`) } : {}),
    })
    writeCometConfig(comet, {
      ...{ moniker: `n${i}`, sockets, peers },
      listen: `127.0.0.1:${ports[i]}`,
    })
    this.nodes.push(node)
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map(({ cometbft }) => cometbft.start()))
  }

  act(type: string, sub: string, payload: Record<string, CborValue>): Promise<Uint8Array> {
    const now = Math.floor(Date.now() / 1000)
    const aud = this.nodes[0]?.ledger.id ?? ''
    const claims = { iss: 'admin', sub, aud, iat: now, exp: now + 600 }
    return signStatement(
      {
        contentType: `application/vnd.openbsn.${type}+cbor`,
        claims: { ...claims, cti: utf8(`act ${this.#acts++}`) },
        payload: encodeCbor(new Map(Object.entries(payload))),
      },
      namedSigner('member'),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map(({ ledger }) => ledger.close()))
    this.folder.remove()
  }
}
