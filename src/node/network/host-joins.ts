import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError, encodeCbor, fromBase64url, sha256, utf8 } from '@openbsn/sdk'
import type { JoinAnswer, JoinHost, JoinRequest } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { exportLedger } from '../../ledger/export/export-ledger.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { homePaths } from '../create-home.ts'
import { memberOf, signAct } from '../member.ts'
import { markInvitation, requireInvitation } from './invitations.ts'
import { type Network, networkPaths } from './network-file.ts'

export type JoinHostOptions = {
  readonly home: string
  readonly network: Network
  /** `id@host:port` of this node. */
  readonly peer: string
}

export type JoinHostDeps = {
  readonly ledger: Ledger
  readonly database: DatabaseSync
  readonly clock: Clock
}

/** Lets in who comes with an invitation of this node, as a node of this node's member. */
export function createJoinHost(options: JoinHostOptions, deps: JoinHostDeps): JoinHost {
  const { home, network, peer } = options
  const { ledger, database, clock } = deps
  const { initialHeight } = network.start
  let making: Promise<string> | undefined
  const require = (token: string, request?: Uint8Array) =>
    requireInvitation(database, token, {
      now: clock.nowSeconds(),
      ...(request === undefined ? {} : { request }),
    })
  const answer: JoinAnswer = {
    ...{ ledger: ledger.id, operator: network.operator, initialHeight },
    peers: [peer, ...network.peers],
  }

  /** The same for every joiner, so it is made once. */
  async function makeHistory(): Promise<string> {
    const file = join(networkPaths(home).folder, 'history.bsn')
    if (existsSync(file)) return file
    await exportLedger(homePaths(home).ledger, file, { to: initialHeight - 1, force: true })
    return file
  }

  async function register(request: JoinRequest): Promise<void> {
    const member = memberOf(homePaths(home).profile)
    if (!member) throw refused('this node has no profile of a member')
    const { operatorKey, validatorKey, consensusKey, node, ...facts } = request
    const [key, block, consensus] = [operatorKey, validatorKey, consensusKey].map(fromBase64url)
    if (!key || !block || !consensus) throw refused('its keys are no base64url')
    const keys = { validatorKey: block, consensusKey: consensus }
    const payload = { id: node, ...facts, ...keys, frameworks: ['records'] }
    const acts = [
      { name: 'operator-key-register', payload: { key }, cti: sha256(key) },
      { name: 'node-register', payload, cti: sha256(encodeCbor([node, key])) },
    ]
    for (const act of acts) {
      const own = { ...act, sub: 'bsn:alliance' }
      const [outcome] = await ledger.submit([await signAct(own, member, { ledger, clock })])
      if (outcome?.outcome === 'refused') throw refused(`${act.name}: ${outcome.detail}`)
    }
  }

  return {
    info: (token) => {
      require(token)
      return answer
    },
    history: async (token) => {
      require(token)
      making ??= makeHistory().finally(() => {
        making = undefined
      })
      return await making
    },
    admit: async (token, request) => {
      const hash = sha256(utf8(JSON.stringify(request)))
      require(token, hash)
      markInvitation(database, token, hash)
      try {
        await register(request)
      } catch (error) {
        markInvitation(database, token, null)
        throw error
      }
      return answer
    },
  }
}

const refused = (why: string) =>
  new CodedError('JOIN_REFUSED', `The node is not let in: ${why.replace(/\.$/, '')}.`)
