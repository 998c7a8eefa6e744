import { CodedError } from '@openbsn/sdk'
import type { MoveKind, MoveOrder } from './move.ts'
import { contractName, type Holder, type PointsService } from './open-service.ts'

export type MadeMove = {
  readonly transaction: string
  /** True where this order was carried out before. */
  readonly isRepeat: boolean
  readonly credential: string
}

/** So long is waited for an answer; then the page asks again, with the same Idempotency-Key. */
const waitMs = 20_000

const refuse = (message: string) => new CodedError('ORDER_INVALID', message)

/** @throws ORDER_INVALID */
export function readOrder(kind: MoveKind, value: unknown): MoveOrder {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject) throw refuse('An order is a JSON object.')
  const { customer, points, note, to, ...more } = value as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) throw refuse(`${unknown} is no part of an order.`)
  if (typeof customer !== 'string') throw refuse('customer: who it is about is missing.')
  if (typeof points !== 'string' || !/^[1-9][0-9]{0,8}$/.test(points)) {
    throw refuse('points: give a whole number from 1 to 999999999, as text.')
  }
  if (kind === 'transfer') {
    if (typeof to !== 'string') throw refuse('to: who gets the points is missing.')
    if (note !== undefined) throw refuse('note: points that are passed on carry none.')
    return { customer, points, to }
  }
  if (to !== undefined) throw refuse('to: only points that are passed on have a receiver.')
  if (typeof note !== 'string' || note.trim() === '' || note.length > 60) {
    throw refuse('note: say what it is for, in at most 60 characters.')
  }
  return { customer, points, note }
}

/**
 * Makes a move once, however often it is ordered with the same key. What a customer may not do,
 * such as to spend what is not there, the contract decides and nobody else.
 * @throws ORDER_INVALID, CALL_REVERTED with the contract's reason, and as `Contracts.send`
 */
export async function makeMove(
  { till, customers }: PointsService,
  {
    kind,
    idempotencyKey,
    ...order
  }: MoveOrder & {
    readonly kind: MoveKind
    readonly idempotencyKey: string
  },
): Promise<MadeMove> {
  const holderOf = (id: string | undefined): Holder => {
    const found = customers.find((one) => one.id === id)
    if (!found) throw refuse(`${id} is no customer of the shop.`)
    return found
  }
  const customer = holderOf(order.customer)
  const { points, note } = order
  const call = {
    award: () => ({ by: till, name: 'issue', args: [customer.address, points, note] }),
    redeem: () => ({ by: customer, name: 'redeem', args: [points, note] }),
    transfer: () => {
      const to = holderOf(order.to)
      if (to === customer) throw refuse('to: nobody passes points on to themselves.')
      return { by: customer, name: 'transfer', args: [to.address, points] }
    },
  }[kind]()
  const { by, name, args } = call
  const options = { idempotencyKey, waitMs }
  const { transaction, isRepeat } = await by.contracts.send(contractName, name, args, options)
  return { transaction, isRepeat, credential: by.credential }
}
