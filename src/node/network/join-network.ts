import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { CodedError, encodeCoseKey, noAnswer, type PublicKey, toBase64url } from '@openbsn/sdk'
import { newStoredKey, readKeyFile, writeSecretFile } from '../../crypto/key-file.ts'
import type { JoinAnswer, JoinRequest } from '../../gateway/network-port.ts'
import { requireVersion } from '../../ledger/required-software.ts'
import { nodeIdOf } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { parseLightBlocks, requireChain } from '../../ledger/sequencers/cometbft/light-blocks.ts'
import { clockOffSecondsMax } from '../clock-watch.ts'
import { homePaths } from '../create-home.ts'
import { fillHome } from '../fill-home.ts'
import { kekFile, openHomeSecrets, openOperatorKey } from '../home-secrets.ts'
import type { NodeFacts } from '../join-alliance.ts'
import type { Member } from '../member.ts'
import { ledgerOfToken } from './invitations.ts'
import { type Network, networkPaths, writeChain, writeNetwork } from './network-file.ts'
import { type NetworkKeys, openNetworkKeys } from './network-keys.ts'
import { signJoin } from './sign-join.ts'
import { joinFailed, type LedgerSource, type TakeLedgerDeps, takeLedger } from './take-ledger.ts'

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
  /** How it comes to the ledger; by what is faster where it is not said. */
  readonly by?: LedgerSource
  /** File of the key that the node signs with in other ledgers too; its own where not said. */
  readonly operatorKey?: string
}

export type JoinNetworkDeps = TakeLedgerDeps & { readonly fetch: typeof fetch }

/**
 * Makes a data folder of a node that is part of a network: all of it, or nothing. Keys are made
 * here; the public one that the node signs with goes to the gateway, nothing secret does.
 * @throws INVITATION_INVALID, JOIN_REFUSED, JOIN_FAILED, NETWORK_NONE, CLOCK_OFF, SOFTWARE_TOO_OLD,
 * EXPORT_*, CHAIN_DATA_INVALID, HOME_NOT_EMPTY, STORE_IN_USE
 */
export function joinNetwork(options: JoinNetworkOptions, deps: JoinNetworkDeps): Promise<Network> {
  const { home, kek = kekFile(home) } = options
  return fillHome(home, async () => {
    const hadKek = existsSync(kek)
    return await takePlace({ ...options, kek }, deps).catch((error: unknown) => {
      // It lies outside the data folder, and nothing is wrapped with it.
      if (!hadKek) rmSync(kek, { force: true })
      throw error
    })
  })
}

type TakePlaceOptions = JoinNetworkOptions & { readonly kek: string }

/** Fills the data folder of a node that joins. */
async function takePlace(options: TakePlaceOptions, deps: JoinNetworkDeps): Promise<Network> {
  const { home, token, gateway, listen, external = listen, kek } = options
  const { operatorKey = homePaths(home).operatorKey } = options
  const id = ledgerOfToken(token)
  const [paths, network] = [homePaths(home), networkPaths(home)]
  const asked = (path: string, init?: RequestInit) =>
    ask(`${gateway}/api/v1/ledgers/${id}/join${path}`, token, { ...init, fetch: deps.fetch })
  const began = deps.clock.nowSeconds()
  const info = (await (await asked('')).json()) as JoinAnswer
  requireFit(info, options, { id, began, ended: deps.clock.nowSeconds() })
  const taken = await takeLedger({ home, id, by: options.by ?? betterBy(info) }, asked, deps)
  for (const folder of [paths.keys, network.folder]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  const { start, facts } = taken
  writeSecretFile(paths.validatorKey, `${JSON.stringify(newStoredKey(), null, 2)}\n`)
  const keys = openNetworkKeys(home)
  const secrets = openHomeSecrets({ home, kek }, deps)
  const { key } = openOperatorKey(operatorKey, secrets.kek)
  await secrets.payloads.close()
  const peer = `${nodeIdOf(keys.node.raw)}@${external}`
  const validatorKey = readKeyFile(paths.validatorKey).key
  const request = requestOf(options, { peer, keys, operatorKey: key, validatorKey })
  const { member } = options
  const how = { ledger: { id }, clock: deps.clock }
  const acts = member && (await signJoin(request, member, how)).map(toBase64url)
  const body = JSON.stringify({
    ...{ ...request, ...(acts ? { acts } : {}) },
    ...(facts ? { snapshot: facts.height } : {}),
  })
  const headers = { 'content-type': 'application/json' }
  const post = async () => await asked('', { method: 'POST', body, headers })
  // Once more, because the answer to what has let it in can get lost, or be late.
  const answer = await post().catch(post)
  const { operator, peers, chain = [] } = (await answer.json()) as JoinAnswer
  if (facts) {
    requireChain(parseLightBlocks(chain, id), facts)
    writeChain(home, chain)
  }
  const { address } = options
  const made = { start, operator: member?.id ?? operator, listen, external, address, peers }
  writeNetwork(home, made)
  return made
}

type Asking = { readonly id: string; readonly began: number; readonly ended: number }

/** That this machine can be a node of what answers, before anything is fetched or made. */
function requireFit(
  { ledger, time, software, height }: JoinAnswer,
  { facts }: JoinNetworkOptions,
  { id, began, ended }: Asking,
): void {
  if (ledger !== id) throw joinFailed(`the token is for ${id}, and ${ledger} answers`)
  requireVersion(software, { height: height + 1, own: facts.software })
  const off = time < began ? began - time : Math.min(ended - time, 0)
  const isOff = Math.abs(off) > clockOffSecondsMax
  if (!isOff) return
  const how = `${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'}`
  const message = `The clock of this machine is ${how} that of the gateway that invited.`
  throw new CodedError('CLOCK_OFF', message, { details: { offSeconds: off } })
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

/** Blocks and entries from which on a snapshot is faster than what it saves. */
const [manyBlocks, manyEntries] = [500, 20_000]

const betterBy = ({ height, initialHeight, entries }: JoinAnswer): LedgerSource =>
  height - initialHeight >= manyBlocks || entries >= manyEntries ? 'snapshot' : 'replay'

type Asked = RequestInit & { readonly fetch: typeof fetch }

async function ask(url: string, token: string, { fetch, ...init }: Asked): Promise<Response> {
  const headers = { ...Object(init.headers), authorization: `Bearer ${token}` }
  const answer = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
    throw joinFailed(noAnswer(new URL(url).origin, cause).message, cause)
  })
  if (answer.ok) return answer
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  const { code, detail } = problem
  const text = `The gateway says: ${detail ?? `HTTP ${answer.status}`}`
  throw ownCodes.includes(String(code)) ? new CodedError(String(code), text) : joinFailed(text)
}

/** Refusals of the gateway that say more of what to do than that the node did not join. */
const ownCodes: readonly string[] = ['INVITATION_INVALID', 'JOIN_REFUSED', 'NETWORK_NONE']
