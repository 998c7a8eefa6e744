import type { ServiceEvent } from '@openbsn/sdk'

/** What the shop's server and its page tell each other. */

export const moveKinds = ['award', 'redeem', 'transfer'] as const
export type MoveKind = (typeof moveKinds)[number]

/** One change of points, as the contract told it. */
export type Move = {
  readonly kind: MoveKind
  /** Its hash. A transaction makes one move here. */
  readonly transaction: string
  /** Addresses; an award comes from nobody, and what is redeemed goes to nobody. */
  readonly from?: string
  readonly to?: string
  /** Decimal. */
  readonly points: string
  readonly note?: string
  /** Of the block on the chain. */
  readonly height: string
  /** Of the block, RFC 3339. */
  readonly time: string
  /**
   * Whether the ledger has registered the block by now. `gone` where the chain does not have the
   * transaction any more: a sandbox that crashes forgets its last seconds.
   */
  readonly proof: 'pending' | 'proven' | 'gone'
  /** Whose act it was, under which Idempotency-Key: known of what went through this shop. */
  readonly act?: Act
}
export type Act = { readonly credential: string; readonly request: string }

export type Customer = {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly credential: string
  /** Decimal. */
  readonly points: string
}

/** What a page is told first. */
export type ShopState = {
  readonly ledger: string
  readonly service: string
  readonly contract: string
  readonly till: { readonly address: string; readonly credential: string }
  readonly customers: readonly Customer[]
  /** The newest ones, oldest first. */
  readonly moves: readonly Move[]
  readonly isGatewayUp: boolean
}

/** What changed since, as a page is told it. */
export type ShopChange = Partial<Pick<ShopState, 'customers' | 'moves' | 'isGatewayUp'>>

/** What a customer or the till wants; the path says which kind. */
export type MoveOrder = {
  readonly customer: string
  readonly points: string
  readonly note?: string
  /** Who gets them, where they are passed on. */
  readonly to?: string
}

const nobody = `0x${'0'.repeat(40)}`

/**
 * The move that an event of the contract tells. Undefined for one that another event of the same
 * transaction tells better: an award is a transfer from nobody, too.
 */
export function moveOfEvent({ data, ...event }: ServiceEvent): Move | undefined {
  const { event: name, args = {} } = data as {
    readonly event?: string
    readonly args?: Readonly<Record<string, string>>
  }
  const { from, to, amount = '0', value = '0', note = '' } = args
  const { transaction, height, time } = event
  const place = { transaction, height, time, proof: 'pending' } as const
  if (name === 'Issued' && to) return { ...place, kind: 'award', to, points: amount, note }
  if (name === 'Redeemed' && from) return { ...place, kind: 'redeem', from, points: amount, note }
  if (name !== 'Transfer' || !from || !to || from === nobody || to === nobody) return undefined
  return { ...place, kind: 'transfer', from, to, points: value }
}
