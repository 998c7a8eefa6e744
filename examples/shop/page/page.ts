import type { Customer, ShopChange, ShopState } from '../move.ts'
import { byId, field, make, pointsText } from './dom.ts'
import { createMoveList, type MoveList, orderSentence } from './move-list.ts'
import { createOrderForms } from './order-forms.ts'
import { createOutbox, type Outbox } from './outbox.ts'

const unanswered = 'No answer yet. It is kept here and sent again by itself, and has one effect.'
const links = {
  live: 'Live',
  wait: 'The shop does not answer. What you order is kept.',
  lost: 'The gateway does not answer. What you order is kept, and sent when it is back.',
} as const

let customers: readonly Customer[] = []
const nameOf = (customer: string | undefined): string =>
  customers.find(({ id, address }) => id === customer || address === customer)?.name ??
  customer ??
  'nobody'

const saidMs = 8000
let saidLast = 0

/** Shown for a while, and read out; what it is about stays in its own place. */
function say(text: string, isWrong = false): void {
  const said = byId('said')
  said.dataset.state = isWrong ? 'wrong' : 'good'
  said.textContent = text
  clearTimeout(saidLast)
  saidLast = window.setTimeout(() => said.replaceChildren(), saidMs)
}

/** Text that did not change is left alone, so that nobody is told it twice. */
function showLink(state: keyof typeof links): void {
  const link = byId('link')
  if (link.dataset.state === state && link.textContent === links[state]) return
  link.dataset.state = state
  link.textContent = links[state]
}

const chosen = () =>
  document.querySelector<HTMLInputElement>('input[name=customer]:checked')?.value ?? ''

function showChosen(): void {
  for (const place of document.querySelectorAll('[data-chosen]')) {
    place.textContent = nameOf(chosen())
  }
  const others = customers.filter(({ id }) => id !== chosen())
  const options = others.map(({ id, name }) => make('option', { value: id }, name))
  field('transfer-to').replaceChildren(...options)
}

function addCustomers(): void {
  const cards = customers.map(({ id, name }, place) => {
    const radio = make('input', { type: 'radio', name: 'customer', value: id })
    radio.checked = place === 0
    const unit = make('span', { class: 'unit' }, ' points')
    const balance = make('span', { class: 'balance' }, make('span', { id: `points-${id}` }), unit)
    return make(
      'label',
      { class: 'customer' },
      make('span', { class: 'name' }, name),
      radio,
      balance,
    )
  })
  byId('customers').append(...cards)
  byId('customers').addEventListener('change', showChosen)
}

function showCustomers(now: readonly Customer[]): void {
  customers = now
  for (const { id, points } of now) byId(`points-${id}`).textContent = pointsText(points)
}

/** What does not change while the shop is open. */
function showFacts({ ledger, service, contract, till }: ShopState): void {
  const command = (id: string) => `bin/bsn receipt verify FILE --keys ledger.keys --ledger ${id}`
  byId('service').textContent = service
  byId('contract').textContent = contract
  byId('till').textContent = till.address
  const trusted = field('ledger')
  trusted.value = ledger
  byId('command').textContent = command(ledger)
  trusted.addEventListener('input', () => {
    byId('command').textContent = command(trusted.value.trim())
  })
}

type Opened = { readonly state: ShopState; readonly list: MoveList; readonly outbox: Outbox }

function open(state: ShopState): Opened {
  customers = state.customers
  showFacts(state)
  addCustomers()
  showChosen()
  const list = createMoveList(state, { nameOf, say })
  const outbox = createOutbox(state.service, {
    onSend: (order) => list.showWaiting(order),
    onUnknown: (order) => list.showWaiting(order, unanswered),
    onFate: (order, fate) => {
      list.dropWaiting(order)
      const done = `${orderSentence(order, nameOf)} of ${pointsText(order.order.points)} points`
      if (fate.state === 'refused') forms.showRefusal(order, fate)
      else say(fate.isRepeat ? `${done}: it was done before.` : `${done}: done.`)
    },
  })
  const forms = createOrderForms(chosen, (kind, order) => outbox.add(kind, order))
  return { state, list, outbox }
}

function listen(): void {
  let opened: Opened | undefined
  const change = ({ customers: now, moves, isGatewayUp }: ShopChange) => {
    if (now) showCustomers(now)
    if (moves) opened?.list.show(moves)
    if (isGatewayUp === undefined) return
    showLink(isGatewayUp ? 'live' : 'lost')
    if (isGatewayUp) opened?.outbox.hurry()
  }
  const live = new EventSource('/live')
  live.addEventListener('error', () => showLink('wait'))
  live.addEventListener('state', ({ data }) => {
    const state: ShopState = JSON.parse(data)
    // Another run of the shop has another service: nothing here is of it.
    if (opened && opened.state.service !== state.service) location.reload()
    opened ??= open(state)
    change(state)
  })
  live.addEventListener('change', ({ data }) => change(JSON.parse(data)))
}

listen()
