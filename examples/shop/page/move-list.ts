import { isCodedError } from '@openbsn/sdk'
import type { Move, ShopState } from '../move.ts'
import { byId, field, make, pointsText } from './dom.ts'
import type { OpenOrder } from './outbox.ts'
import { verifyMove } from './verify-move.ts'

/** As many are shown as the server keeps at hand. */
const shownMax = 500

/** The list of moves, and what the page says about what is done in it. */
export interface MoveList {
  show(moves: readonly Move[]): void
  /** An order that is on its way; a sentence about it where nobody answers. */
  showWaiting(open: OpenOrder, trouble?: string): void
  dropWaiting(open: OpenOrder): void
}

/** A customer's name by address or id. */
export type NameOf = (customer: string | undefined) => string

/** Tells people, those who listen included. */
export type Say = (text: string, isWrong?: boolean) => void

type Shown = {
  readonly item: HTMLLIElement
  readonly badge: HTMLElement
  readonly meta: HTMLElement
  move: Move
}

/** Nothing is drawn anew that is there, so whoever is at a button stays there. */
export function createMoveList(
  { service }: Pick<ShopState, 'service'>,
  { nameOf, say }: { readonly nameOf: NameOf; readonly say: Say },
): MoveList {
  const shown = new Map<string, Shown>()
  const waiting = new Map<string, HTMLElement>()

  function add(move: Move): void {
    const badge = make('span', { class: 'badge' })
    const proof = make('div', { class: 'proof' }, badge)
    const amount = make('span', { class: 'amount', 'data-kind': move.kind }, amountOf(move))
    const meta = make('p', { class: 'meta' })
    const what = make('div', {}, make('p', {}, sentence(move, nameOf)), meta)
    const entry = { move, badge, meta, item: make('li', { class: 'move' }, what, amount, proof) }
    shown.set(move.transaction, entry)
    byId('moves').prepend(entry.item)
    update(entry)
  }

  function update({ badge, meta, item, move }: Shown): void {
    const time = make('time', { datetime: move.time }, new Date(move.time).toLocaleTimeString())
    meta.replaceChildren(`${noteOf(move)}block ${move.height}, `, time)
    badge.dataset.proof = move.proof
    badge.textContent = proofTexts[move.proof]
    if (move.proof !== 'proven' || item.querySelector('button')) return
    const verify = make('button', { type: 'button' }, 'Verify here')
    verify.addEventListener('click', () => {
      void showChecks(item, shown.get(move.transaction)?.move ?? move)
    })
    const save = make('a', { class: 'button', href: pathOf(move), download: fileOf(move) })
    save.append('Save proof', make('span', { class: 'hidden' }, ` of: ${spoken(move, nameOf)}`))
    verify.append(make('span', { class: 'hidden' }, `: ${spoken(move, nameOf)}`))
    badge.after(verify, save)
  }

  async function showChecks(item: HTMLElement, move: Move): Promise<void> {
    const where = { ledger: field('ledger').value.trim(), service }
    const checks = make('ul', { class: 'checks' })
    try {
      const evidence = { proof: await bytesAt(pathOf(move)), keys: await bytesAt('/keys') }
      checks.append(...verifyMove(move, evidence, where).map((text) => make('li', {}, text)))
      say(`Verified here: ${spoken(move, nameOf)}.`)
    } catch (error) {
      const text = isCodedError(error) ? `${error.code}: ${error.message}` : wordsOf(error)
      checks.append(make('li', { class: 'failed' }, text))
      say('Not verified: the move says why.', true)
    }
    item.querySelector('.checks')?.remove()
    item.append(checks)
  }

  return {
    show(moves) {
      for (const move of moves) {
        const entry = shown.get(move.transaction)
        if (!entry) add(move)
        else update(Object.assign(entry, { move }))
      }
      for (const [transaction, { item }] of shown) {
        if (shown.size <= shownMax) break
        item.remove()
        shown.delete(transaction)
      }
      byId('no-moves').hidden = shown.size > 0
    },
    showWaiting(open, trouble = 'On its way …') {
      const item = make('li', { class: 'move waiting' })
      const what = make('p', {}, orderSentence(open, nameOf))
      const amount = make('span', { class: 'amount' }, pointsText(open.order.points))
      item.append(
        make('div', {}, what, make('p', { class: 'meta' }, noteOf(open.order), trouble)),
        amount,
      )
      const old = waiting.get(open.key)
      if (old) old.replaceWith(item)
      else byId('waiting').append(item)
      waiting.set(open.key, item)
    },
    dropWaiting({ key }) {
      waiting.get(key)?.remove()
      waiting.delete(key)
    },
  }
}

const proofTexts = {
  pending: 'proof pending',
  proven: 'proven',
  gone: 'lost by the sandbox in a crash',
} as const
const pathOf = ({ transaction }: Move) => `/moves/${transaction}/proof`
const fileOf = ({ transaction }: Move) => `${transaction.slice(0, 12)}.proof`
const noteOf = ({ note }: Pick<Move, 'note'>) => (note ? `${note} · ` : '')
const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function amountOf({ kind, points }: Move): string {
  const sign = { award: '+', redeem: '\u2212', transfer: '' }[kind]
  return sign + pointsText(points)
}

/** What a line says; its number stands beside it. */
function sentence({ kind, from, to }: Move, nameOf: NameOf, points = 'points'): string {
  if (kind === 'award') return `${nameOf(to)} earned ${points}`
  return kind === 'redeem'
    ? `${nameOf(from)} redeemed ${points}`
    : `${nameOf(from)} passed ${points} on to ${nameOf(to)}`
}

/** The same with its number: for who hears it apart from its line. */
const spoken = (move: Move, nameOf: NameOf) =>
  sentence(move, nameOf, `${pointsText(move.points)} points`)

/** What an order wants. */
export function orderSentence({ kind, order }: OpenOrder, nameOf: NameOf): string {
  const { customer, to } = order
  if (kind === 'award') return `Award to ${nameOf(customer)}`
  return kind === 'redeem'
    ? `Redemption by ${nameOf(customer)}`
    : `From ${nameOf(customer)} to ${nameOf(to)}`
}

async function bytesAt(path: string): Promise<Uint8Array> {
  const response = await fetch(path)
  if (response.ok) return new Uint8Array(await response.arrayBuffer())
  const { code = '', detail = '' } = await response.json()
  throw new TypeError(`${code}: ${detail}`)
}
