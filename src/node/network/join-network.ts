import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { CodedError, encodeCoseKey, type PublicKey, toBase64url } from '@openbsn/sdk'
import { newStoredKey, readKeyFile, writeSecretFile } from '../../crypto/key-file.ts'
import type { JoinAnswer, JoinRequest } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { importLedger } from '../../ledger/export/import-ledger.ts'
import { validatorsAt } from '../../ledger/modules/validators.ts'
import { openLedger } from '../../ledger/open-ledger.ts'
import { type ChainStart, nodeIdOf } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { credentialPolicy } from '../../services/credential-module.ts'
import { homePaths } from '../create-home.ts'
import { fillHome } from '../fill-home.ts'
import { openHomeSecrets, openOperatorKey } from '../home-secrets.ts'
import type { NodeFacts } from '../join-alliance.ts'
import type { Member } from '../member.ts'
import { modules } from '../modules.ts'
import { ledgerOfToken } from './invitations.ts'
import { type Network, networkPaths, writeNetwork } from './network-file.ts'
import { type NetworkKeys, openNetworkKeys } from './network-keys.ts'
import { signJoin } from './sign-join.ts'

export type JoinNetworkOptions = {
  /** The data folder; made, or empty. */
  readonly home: string
  /** Address of the gateway that invited. */
  readonly gateway: string
  readonly token: string
  /** Where other nodes shall reach this one: `host:port`; and what they are told, if it differs. */
  readonly listen: string
  readonly external?: string
  readonly facts: NodeFacts
  /** Where its gateway will be, as far as is known. */
  readonly address: string
  /** The member that the node shall belong to; the one that invited where it is not said. */
  readonly member?: Member
  readonly kek?: string
  /** File of the key that the node signs with in other ledgers too; its own where not said. */
  readonly operatorKey?: string
}

export type JoinNetworkDeps = {
  readonly clock: Clock
  readonly fetch: typeof fetch
  readonly onFailure: (error: Error) => void
  readonly onProgress?: (progress: { readonly entries: number; readonly total: number }) => void
}

/**
 * Makes a data folder of a node that is part of a network: all of it, or nothing. Keys are made
 * here; the public one that the node signs with goes to the gateway, nothing secret does.
 * @throws INVITATION_INVALID, JOIN_FAILED, EXPORT_*, HOME_NOT_EMPTY, STORE_IN_USE
 */
export function joinNetwork(options: JoinNetworkOptions, deps: JoinNetworkDeps): Promise<Network> {
  const { home, token, gateway, listen, external = listen, kek } = options
  const { operatorKey = homePaths(home).operatorKey } = options
  const id = ledgerOfToken(token)
  return fillHome(home, async () => {
    const [paths, network] = [homePaths(home), networkPaths(home)]
    for (const folder of [paths.keys, network.folder]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    }
    const asked = (path: string, init?: RequestInit) =>
      ask(`${gateway}/api/v1/ledgers/${id}/join${path}`, token, { ...init, fetch: deps.fetch })
    const start = await takeHistory(await asked('/history'), id, home, deps)
    writeSecretFile(paths.validatorKey, `${JSON.stringify(newStoredKey(), null, 2)}\n`)
    const keys = openNetworkKeys(home)
    const secrets = openHomeSecrets({ home, ...(kek === undefined ? {} : { kek }) }, deps)
    const { key } = openOperatorKey(operatorKey, secrets.kek)
    await secrets.payloads.close()
    const peer = `${nodeIdOf(keys.node.raw)}@${external}`
    const validatorKey = readKeyFile(paths.validatorKey).key
    const request = requestOf(options, { peer, keys, operatorKey: key, validatorKey })
    const { member } = options
    const how = { ledger: { id }, clock: deps.clock }
    const acts = member && (await signJoin(request, member, how)).map(toBase64url)
    const body = JSON.stringify(acts ? { ...request, acts } : request)
    const headers = { 'content-type': 'application/json' }
    const answer = await asked('', { method: 'POST', body, headers })
    const { operator, peers } = (await answer.json()) as JoinAnswer
    const made = { start, operator: member?.id ?? operator, listen, external, peers }
    writeNetwork(home, made)
    return made
  })
}

type Own = {
  readonly peer: string
  readonly keys: NetworkKeys
  readonly operatorKey: PublicKey
  readonly validatorKey: PublicKey
}

function requestOf(
  { facts: { id, ...facts }, address }: JoinNetworkOptions,
  { peer, keys, operatorKey, validatorKey }: Own,
): JoinRequest {
  return {
    ...{ node: id, ...facts, gateway: address, peer },
    operatorKey: toBase64url(encodeCoseKey(operatorKey)),
    validatorKey: toBase64url(encodeCoseKey(validatorKey)),
    consensusKey: toBase64url(keys.consensus.raw),
  }
}

type Asked = RequestInit & { readonly fetch: typeof fetch }

async function ask(url: string, token: string, { fetch, ...init }: Asked): Promise<Response> {
  const headers = { ...Object(init.headers), authorization: `Bearer ${token}` }
  const answer = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
    throw failed(`${url} does not answer`, cause)
  })
  if (answer.ok) return answer
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  const { code, detail } = problem
  const text = `The gateway says: ${detail ?? `HTTP ${answer.status}`}`
  throw code === 'INVITATION_INVALID' ? new CodedError(code, text) : failed(text)
}

const failed = (what: string, cause?: unknown) =>
  new CodedError('JOIN_FAILED', `The node did not join: ${what}.`, { cause })

/**
 * Takes in what was registered before the ledger became a network. Everything about how its chain
 * begins follows from that, and it is verified from the ledger's id on: a gateway cannot lie.
 */
async function takeHistory(
  answer: Response,
  id: string,
  home: string,
  { clock, onFailure, onProgress }: JoinNetworkDeps,
): Promise<ChainStart> {
  const file = join(networkPaths(home).folder, 'history.bsn')
  const { ledger: folder } = homePaths(home)
  try {
    const body = Readable.fromWeb(answer.body as ReadableStream)
    await pipeline(body, createWriteStream(file, { mode: 0o600 }))
    const progress = onProgress ? { onProgress } : {}
    const deps = { modules, recordPolicy: credentialPolicy }
    await importLedger(file, folder, { ledger: id, ...progress }, deps)
  } finally {
    rmSync(file, { force: true })
  }
  const ledger = openLedger(
    { folder, workers: 1 },
    { clock, signer: undefined, modules, recordPolicy: credentialPolicy, onFailure },
  )
  try {
    const { height, time, appHash } = ledger.head
    const validators = validatorsAt(ledger, height + 1)
    return { ledger: id, initialHeight: height + 1, time, appHash, validators }
  } finally {
    await ledger.close()
  }
}
