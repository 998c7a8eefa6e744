import { type CborValue, encodeCbor, sha256 } from '@openbsn/sdk'
import type { HostLedger, WantedContract } from '../frameworks/fabric/host/host-ledger.ts'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { objectIn } from '../ledger/state/state-view.ts'
import {
  contractKey,
  contractOf,
  readChange,
  readChannel,
  readOrganisation,
} from '../services/fabric-state.ts'
import { serviceKey, serviceOf } from '../services/service-state.ts'
import { allObjects } from './all-objects.ts'
import { type Member, signAct } from './member.ts'

export type FabricLedgerDeps = {
  readonly ledger: Pick<Ledger, 'id' | 'submit' | 'get' | 'objects'>
  /** Who speaks for this node; nobody does where it only reads. */
  readonly operator: Member | undefined
  readonly node: () => string | undefined
  readonly clock: Clock
}

/** Whose channels go on: a service that is stopped can be read. */
const standing: readonly string[] = ['running', 'frozen', 'retired']

/** What the ledger's state wants of Fabric on this node, and the acts that answer it. */
export function fabricLedger({ ledger, operator, node, clock }: FabricLedgerDeps): HostLedger {
  /** Undefined once it is registered, else why not. */
  async function say(
    name: string,
    payload: Readonly<Record<string, CborValue>>,
  ): Promise<string | undefined> {
    if (!operator) return 'this node signs nothing'
    const cti = sha256(encodeCbor(new Map(Object.entries(payload)))).subarray(0, 16)
    const act = { name, sub: 'bsn:fabric', payload, cti }
    const [outcome] = await ledger.submit([await signAct(act, operator, { ledger, clock })])
    assert(outcome !== undefined, 'one statement has one outcome')
    return outcome.outcome === 'refused' ? `${outcome.code}: ${outcome.detail}` : undefined
  }

  function ownName(): string {
    const id = node()
    assert(id !== undefined, 'a node that hosts has a name')
    return id
  }

  return {
    services: () =>
      [...allObjects(ledger, serviceKey(''))].flatMap(([service, value]) => {
        const { framework, status, nodes } = serviceOf(objectIn(value))
        if (framework !== 'fabric' || !standing.includes(status)) return []
        const channel = readChannel(ledger, service)
        if (!channel && status !== 'running') return []
        const own = node()
        const isHere = own !== undefined && [...nodes, ...(channel?.nodes ?? [])].includes(own)
        const isOfAll = !channel && nodes.length === 0
        if (!isHere && !isOfAll) return []
        const isRunning = status === 'running'
        const change = readChange(ledger, service)
        const contracts = contractsOf(ledger, service)
        return [{ service, isRunning, nodes, channel, change, contracts }]
      }),
    channel: (service) => readChannel(ledger, service),
    organisation: (id) => readOrganisation(ledger, id),
    registerOrganisation: ({ root, peer, orderer, bftOrderer }) => {
      const id = ownName()
      const { version: expect = 0 } = readOrganisation(ledger, id) ?? {}
      const orders = orderer && {
        orderer: orderer.address,
        ordererCertificate: orderer.certificate,
      }
      const ordersByBft = bftOrderer && {
        bftOrderer: bftOrderer.address,
        bftCertificate: bftOrderer.certificate,
        bftIdentity: bftOrderer.identity,
      }
      const payload = { node: id, root, peer, ...orders, ...ordersByBft, expect }
      return say('organisation-register', payload)
    },
    openChannel: ({ service, nodes, block }) =>
      say('channel-open', { service, nodes: [...nodes], block }),
    changeChannel: ({ service, nodes, number, update }) =>
      say('channel-change', { service, nodes: [...nodes], number, update }),
    signChange: ({ service, number, signature }) =>
      say('channel-sign', { service, node: ownName(), number, signature }),
    endChange: ({ service, number }) => say('channel-changed', { service, number }),
  }
}

/** Contracts of a service as the ledger has them. */
export function contractsOf(
  ledger: Pick<FabricLedgerDeps['ledger'], 'objects'>,
  service: string,
): WantedContract[] {
  return [...allObjects(ledger, contractKey(service, ''))].map(([name, value]) => {
    return { name, ...contractOf(objectIn(value)) }
  })
}
