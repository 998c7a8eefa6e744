import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, toHex, type Validator } from '@openbsn/sdk'
import { writeSecretFile } from '../../../crypto/key-file.ts'
import { addressOf } from './consensus.ts'

/** The first state of a chain: where the ledger stands when it becomes a network. */
export type ChainStart = {
  readonly ledger: string
  /** Height of the first block that CometBFT decides. */
  readonly initialHeight: number
  /** Seconds since 1970. */
  readonly time: number
  /** Of the block before the first. */
  readonly appHash: Uint8Array
  readonly validators: readonly Validator[]
}

/** CometBFT's genesis file: every node of a network has the same. */
export function genesisFile(start: ChainStart): string {
  const { ledger, initialHeight, time, appHash, validators } = start
  const document = {
    genesis_time: new Date(time * 1000).toISOString(),
    chain_id: ledger,
    initial_height: String(initialHeight),
    consensus_params: consensusParameters(initialHeight),
    validators: validators.map((one) => ({
      address: addressOf(one).toUpperCase(),
      pub_key: { type: publicKeyType, value: base64(one.consensusKey ?? new Uint8Array()) },
      power: String(one.power),
      name: '',
    })),
    app_hash: toHex(appHash).toUpperCase(),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** The same for the life of a chain: no block changes them. */
export function consensusParameters(initialHeight: number) {
  const height = String(initialHeight)
  return {
    block: { max_bytes: String(blockBytesMax), max_gas: '-1' },
    evidence: {
      max_age_num_blocks: '100000',
      max_age_duration: String(48 * 3600 * 1e9),
      max_bytes: '1048576',
    },
    validator: { pub_key_types: ['ed25519'] },
    version: { app: '0' },
    synchrony: { precision: '505000000', message_delay: '15000000000' },
    feature: { vote_extensions_enable_height: height, pbts_enable_height: height },
  }
}

const blockBytesMax = 4 * 1024 * 1024
const publicKeyType = 'tendermint/PubKeyEd25519'
const secretKeyType = 'tendermint/PrivKeyEd25519'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** What a validator signed last, in the folder `data`. */
export const lastSignedFile = 'priv_validator_state.json'

/** An Ed25519 key with its secret (32 bytes each), as CometBFT wants it in a file. */
export type EngineKey = { readonly secret: Uint8Array; readonly raw: Uint8Array }

/** The name by which CometBFT's nodes know each other. */
export const nodeIdOf = (raw: Uint8Array) => toHex(sha256(raw).subarray(0, 20))

export type CometHome = {
  readonly genesis: string
  readonly nodeKey: EngineKey
  /** Of a validator; a node that only follows has none. */
  readonly consensusKey?: EngineKey
}

/**
 * Lays out the folder that CometBFT runs in, or brings it up to date; what a validator has signed
 * there stays known. The keys are readable by their owner alone.
 */
export function writeCometHome(folder: string, home: CometHome): void {
  const [config, data] = [join(folder, 'config'), join(folder, 'data')]
  for (const path of [config, data]) mkdirSync(path, { recursive: true, mode: 0o700 })
  writeFileSync(join(config, 'genesis.json'), home.genesis)
  const nodeKey = { priv_key: secretOf(home.nodeKey) }
  writeSecretFile(join(config, 'node_key.json'), JSON.stringify(nodeKey))
  const lastSigned = join(data, lastSignedFile)
  // Nothing but this file keeps a validator from signing twice: what it says is never undone.
  if (!existsSync(lastSigned)) writeSecretFile(lastSigned, JSON.stringify(nothingSigned))
  const { consensusKey } = home
  if (!consensusKey) return
  const validatorKey = {
    address: addressOf({ consensusKey: consensusKey.raw }).toUpperCase(),
    pub_key: { type: publicKeyType, value: base64(consensusKey.raw) },
    priv_key: secretOf(consensusKey),
  }
  writeSecretFile(join(config, 'priv_validator_key.json'), JSON.stringify(validatorKey))
}

const nothingSigned = { height: '0', round: 0, step: 0 }

const secretOf = ({ secret, raw }: EngineKey) => ({
  type: secretKeyType,
  value: base64(Buffer.concat([secret, raw])),
})

export type CometConfig = {
  readonly moniker: string
  readonly sockets: { readonly abci: string; readonly rpc: string }
  /** Where other nodes reach this one, `host:port`; and what they are told, where it differs. */
  readonly listen: string
  readonly external?: string
  /** Nodes to stay connected to: `id@host:port`. */
  readonly peers: readonly string[]
  /** Takes the state of a block from one peer, where it has none yet. */
  readonly stateSync?: StateSource
  /** False for a node that shall hear of no others. */
  readonly meetsOthers?: boolean
}

/** Where the state of a block comes from, and by what CometBFT's light client believes it. */
export type StateSource = {
  readonly height: number
  /** Of the block of that height, in hex. */
  readonly hash: string
  /** URL of a server that has that block and the two after it. */
  readonly server: string
  /** `id@host:port` of the peer that offers it; others are not told of this one. */
  readonly giver: string
}

/**
 * What is not CometBFT's own default. No pause after a block and short gossip make a statement
 * final in tens of milliseconds; no blocks without need.
 */
export function writeCometConfig(folder: string, config: CometConfig): void {
  const { moniker, sockets, listen, external = '', peers, stateSync, meetsOthers = true } = config
  const giver = stateSync?.giver
  const text = (value: string) => JSON.stringify(value)
  const lines = [
    `moniker = ${text(moniker)}`,
    `proxy_app = ${text(`unix://${sockets.abci}`)}`,
    'filter_peers = true',
    'log_format = "json"',
    'log_level = "info"',
    '[rpc]',
    `laddr = ${text(`unix://${sockets.rpc}`)}`,
    'max_body_bytes = 4000000',
    'pprof_laddr = ""',
    // So that it can be told of nodes that came later. The socket is for this process alone.
    'unsafe = true',
    '[p2p]',
    `laddr = ${text(`tcp://${listen}`)}`,
    `external_address = ${text(external)}`,
    `persistent_peers = ${text([...peers, ...(giver ? [giver] : [])].join(','))}`,
    'addr_book_strict = false',
    'allow_duplicate_ip = true',
    'flush_throttle_timeout = "1ms"',
    `pex = ${meetsOthers}`,
    `private_peer_ids = ${text(giver?.replace(/@.*/, '') ?? '')}`,
    'send_rate = 51200000',
    'recv_rate = 51200000',
    '[mempool]',
    'recheck = false',
    'size = 20000',
    'max_tx_bytes = 1048576',
    'max_txs_bytes = 268435456',
    'cache_size = 100000',
    '[consensus]',
    'timeout_propose = "1s"',
    'timeout_prevote = "300ms"',
    'timeout_precommit = "300ms"',
    'timeout_commit = "0s"',
    'create_empty_blocks = false',
    'peer_gossip_sleep_duration = "20ms"',
    '[tx_index]',
    'indexer = "null"',
    ...(stateSync ? stateSyncLines(stateSync) : []),
  ]
  mkdirSync(join(folder, 'config'), { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'config', 'config.toml'), `${lines.join('\n')}\n`)
}

/**
 * One server stands for the two that CometBFT wants: this node has checked what it says. The trust
 * is not of a moment, so it does not end: a chain without writes can be as it was for years.
 */
function stateSyncLines({ height, hash, server }: StateSource): string[] {
  return [
    '[statesync]',
    'enable = true',
    `rpc_servers = "${server},${server}"`,
    `trust_height = ${height}`,
    `trust_hash = "${hash}"`,
    'trust_period = "876000h"',
    'discovery_time = "5s"',
  ]
}
