import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { CodedError, fromBase64url, sha256, utf8 } from '@openbsn/sdk'
import type { JoinAnswer, JoinHost, JoinRequest } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { sizeAfter } from '../../ledger/blocks.ts'
import { exportLedger } from '../../ledger/export/export-ledger.ts'
import { createSnapshots } from '../../ledger/export/snapshots.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { neededSoftware, requireSoftware } from '../../ledger/required-software.ts'
import {
  type AskEngine,
  askLightBlock,
  lightBlocksCount,
} from '../../ledger/sequencers/cometbft/light-blocks.ts'
import { homePaths } from '../create-home.ts'
import { memberOf } from '../member.ts'
import { ledgerOfToken, otherLedger, requireInvitation } from './invitations.ts'
import { type Network, networkPaths } from './network-file.ts'
import { signJoin } from './sign-join.ts'
import { invitationUse } from './use-invitation.ts'

export type JoinHostOptions = {
  readonly home: string
  readonly network: Network
  /** `id@host:port` of this node. */
  readonly peer: string
  /** File of the member that signs for nodes that bring no acts; the data folder's own. */
  readonly profile?: string
  /** Why a node that comes with an invitation cannot be let in all the same. */
  readonly objection?: (request: JoinRequest) => string | undefined
}

export type JoinHostDeps = {
  readonly ledger: Ledger
  readonly database: DatabaseSync
  readonly clock: Clock
  /** Asks CometBFT. @throws ENGINE_UNREACHABLE, ENGINE_REFUSED */
  readonly ask: AskEngine
}

/** Lets in who comes with an invitation of this node, as a node of this node's member. */
export function createJoinHost(options: JoinHostOptions, deps: JoinHostDeps): JoinHost {
  const { home, network, peer, objection, profile = homePaths(home).profile } = options
  const { ledger, database, clock, ask } = deps
  const { initialHeight } = network.start
  const use = invitationUse(database)
  let making: Promise<string> | undefined
  const require = (token: string, request?: Uint8Array) => {
    if (ledgerOfToken(token) !== ledger.id) throw otherLedger()
    requireInvitation(database, token, {
      now: clock.nowSeconds(),
      ...(request === undefined ? {} : { request }),
    })
  }
  const answer = (): JoinAnswer => {
    const { height } = ledger.head
    const software = neededSoftware(ledger, height + 1)
    return {
      ...{ ledger: ledger.id, operator: network.operator, initialHeight },
      ...{ height, entries: sizeAfter(ledger.head), time: clock.nowSeconds() },
      ...(software === undefined ? {} : { software }),
      peers: [peer, ...network.peers],
    }
  }
  const snapshots = createSnapshots(
    { ledger: homePaths(home).ledger, folder: networkPaths(home).folder },
    { keyBundle: () => ledger.keyBundle() },
  )

  /** The same for every joiner, so it is made once. */
  async function makeHistory(): Promise<string> {
    const file = join(networkPaths(home).folder, 'history.bsn')
    if (existsSync(file)) return file
    await exportLedger(homePaths(home).ledger, file, { to: initialHeight - 1, force: true })
    return file
  }

  /** By the joiner's own member, who has signed for it, or else by the one of this node. */
  async function register(whole: JoinRequest, onRegistered: () => void): Promise<void> {
    const { acts, snapshot: _, ...request } = whole
    const statements = acts?.map(fromBase64url) ?? (await signed(request))
    for (const statement of statements) {
      if (!statement) throw refused('its acts are no base64url')
      const [outcome] = await ledger.submit([statement])
      if (outcome?.outcome === 'refused') throw refused(outcome.detail)
      onRegistered()
    }
  }

  function signed(request: JoinRequest): Promise<Uint8Array[]> {
    const member = memberOf(profile)
    if (!member) throw refused('this node has no profile of a member')
    return signJoin(request, member, { ledger, clock })
  }

  return {
    info: (token) => {
      require(token)
      return answer()
    },
    history: async (token) => {
      require(token)
      making ??= makeHistory().finally(() => {
        making = undefined
      })
      return await making
    },
    snapshot: async (token) => {
      require(token)
      return await snapshots.open()
    },
    admit: async (token, request) => {
      const hash = sha256(utf8(JSON.stringify(request)))
      require(token, hash)
      // An older joiner may not have looked: it would be on the ledger, and make no block.
      requireSoftware(ledger, ledger.head.height + 1, request.software)
      const why = objection?.(request)
      if (why !== undefined) throw refused(why)
      await use({ token, request: hash }, (onRegistered) => register(request, onRegistered))
      if (request.snapshot === undefined) return answer()
      return { ...answer(), chain: await chainBehind(request.snapshot, ask) }
    },
  }
}

/** The joiner's own acts are in blocks after its snapshot, so that all of these come to be. */
async function chainBehind(snapshot: number, ask: AskEngine): Promise<string[]> {
  const heights = Array.from({ length: lightBlocksCount }, (_, i) => snapshot + i)
  for (let tries = 1; ; tries++) {
    try {
      return await Promise.all(heights.map((height) => askLightBlock(ask, height)))
    } catch (error) {
      if (tries === triesMax) throw error
      await delay(tryDelayMs)
    }
  }
}

const [triesMax, tryDelayMs] = [20, 250]

const refused = (why: string) =>
  new CodedError('JOIN_REFUSED', `The node is not let in: ${why.replace(/\.$/, '')}.`)
