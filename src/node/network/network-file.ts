import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CodedError,
  decodeCbor,
  decodeValidators,
  encodeCbor,
  encodeValidators,
  fromBase64url,
  fromHex,
  isCodedError,
  toBase64url,
  toHex,
  type Validator,
} from '@openbsn/sdk'
import { writeSecretFile } from '../../crypto/key-file.ts'
import type { ChainStart } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { type LightBlock, parseLightBlocks } from '../../ledger/sequencers/cometbft/light-blocks.ts'

/** What makes a node part of a network; a data folder without it is a solo ledger. */
export type Network = {
  readonly start: ChainStart
  /** Id of the member that runs this node. */
  readonly operator: string
  /** Where the others reach this node's CometBFT: `host:port`; and what they are told of it. */
  readonly listen: string
  readonly external: string
  /** Where it said that its gateway would be, when it joined. */
  readonly address?: string
  /** Nodes that it was told of when it joined: `id@host:port`. The state has the others. */
  readonly peers: readonly string[]
}

const format = 'openbsn-network-1'

/** Where the things of a network lie in a data folder. */
export const networkPaths = (home: string) => ({
  folder: join(home, 'network'),
  file: join(home, 'network', 'network.json'),
  chain: join(home, 'network', 'chain.json'),
  comet: join(home, 'network', 'comet'),
  giver: join(home, 'network', 'giver'),
  equivocations: join(home, 'network', 'equivocations.json'),
  sockets: join(home, 'network', 'run'),
  nodeKey: join(home, 'keys', 'network.json'),
  consensusKey: join(home, 'keys', 'consensus.json'),
})

export const isNetwork = (home: string) => existsSync(networkPaths(home).file)

function startDocument({ appHash, validators, ...start }: ChainStart) {
  const set = toBase64url(encodeCbor(encodeValidators(validators)))
  return { ...start, appHash: toHex(appHash), validators: set }
}

function startOf(document: unknown): ChainStart {
  const { ledger, initialHeight, time, appHash, validators } = Object(document)
  const hash = fromHex(String(appHash))
  if (typeof ledger !== 'string' || hash?.length !== 32) throw invalid('misses ledger or hash')
  if (!isHeight(initialHeight) || !isHeight(time)) throw invalid('misses height or time')
  return { ledger, initialHeight, time, appHash: hash, validators: validatorsOf(validators) }
}

const isHeight = (value: unknown): value is number => Number.isSafeInteger(value) && value !== 0

function validatorsOf(text: unknown): Validator[] {
  const bytes = fromBase64url(String(text))
  try {
    return decodeValidators(bytes && decodeCbor(bytes))
  } catch (error) {
    if (isCodedError(error)) throw invalid(`has validators that are none: ${error.message}`, error)
    throw error
  }
}

const invalid = (what: string, cause?: unknown) =>
  new CodedError('NETWORK_FILE_INVALID', `What was said of the network ${what}.`, { cause })

/** @throws NETWORK_FILE_INVALID, or an error of the system */
export function readNetwork(home: string): Network {
  const { file } = networkPaths(home)
  const document = parse(readFileSync(file, 'utf8'))
  const { start, operator, listen, external, peers, address } = document
  if (document.format !== format) throw invalid('is of another version')
  const texts = [operator, listen, external]
  if (!texts.every((one) => typeof one === 'string') || !Array.isArray(peers)) {
    throw invalid('misses an address')
  }
  const names = { operator: String(operator), listen: String(listen), external: String(external) }
  const said = typeof address === 'string' ? { address } : {}
  return { start: startOf(start), ...names, ...said, peers: peers.map(String) }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch (cause) {
    throw invalid('is no JSON', cause)
  }
}

/** Whole or not at all; what it says makes the node start as part of the network. */
export function writeNetwork(home: string, { start, ...rest }: Network): void {
  const document = { format, start: startDocument(start), ...rest }
  writeSecretFile(networkPaths(home).file, `${JSON.stringify(document, null, 2)}\n`)
}

/** What lets CometBFT begin behind a snapshot: kept until it has. */
export function writeChain(home: string, blocks: readonly string[]): void {
  writeSecretFile(networkPaths(home).chain, `${JSON.stringify(blocks)}\n`)
}

/** Undefined where no snapshot was taken, or CometBFT has begun. @throws CHAIN_DATA_INVALID */
export function readChain(home: string, ledger: string): LightBlock[] | undefined {
  const { chain } = networkPaths(home)
  if (!existsSync(chain)) return undefined
  const blocks = parse(readFileSync(chain, 'utf8'))
  return parseLightBlocks(Array.isArray(blocks) ? blocks.map(String) : [], ledger)
}
