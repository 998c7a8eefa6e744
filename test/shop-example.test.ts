import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import type { Move, ShopChange, ShopState } from '../examples/shop/move.ts'
import { verifyMove } from '../examples/shop/page/verify-move.ts'
import { bsn, scratchFolder, stopInOrder } from './cli/bsn.ts'
import {
  award,
  balances,
  type ShopWorld,
  sendOrder,
  startExample,
  startShop,
  waitMs,
} from './shop/shop-world.ts'

/** One network and one shop for all; the last ones stop the network and have it start again. */
describe('the example shop', () => {
  it('keeps points in a contract, and proves each move', async (t) => {
    const world = await startShop(t)
    const run = (what: string, test: (t: TestContext, world: ShopWorld) => Promise<void>) =>
      t.test(what, (inner) => test(inner, world))
    await run('serves a page with no key in it and nothing from elsewhere', servesPage)
    await run('answers no other page', answersNoOther)
    await run('moves points once for each key, and only those that are there', movesPoints)
    await run('says what is wrong with an order', refusesOrders)
    await run('tells an open page of a move as it comes', tellsLive)
    await run('has a proof of each move that shows when one of its parts is another', provesMoves)
    await run('loses no order while the gateway is away', losesNothing)
    await run(
      'shows what a sandbox lost in a crash, and does it once when it is sent again',
      showsWhatIsGone,
    )
    await run('saves proofs that the command line takes, and ends when it is asked', savesProofs)
  })

  it('says which port is taken', async (t) => {
    const { running, url, home } = await startShop(t)
    const other = await startExample(home, '--port', new URL(url).port).ended
    assert.equal(other.code, 1)
    assert.match(other.stderr, /^PORT_TAKEN: /m)
    await stopInOrder(running)
  })
})

async function servesPage(_t: TestContext, { url }: ShopWorld): Promise<void> {
  const texts: string[] = []
  for (const path of ['', 'style.css', 'page.js', 'icon.svg']) {
    const response = await fetch(url + path)
    assert.equal(response.status, 200, path)
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'; script-src 'self'/)
    assert.doesNotMatch(policy, /unsafe|http|\*|data:|blob:/)
    texts.push(await response.text())
  }
  assert.doesNotMatch(texts[2] ?? '', /["']node:|\brequire\(/)
  for (const text of [...texts.slice(0, 2), texts[3] ?? '']) {
    const addresses = text.match(/https?:[^"')\s]+/g) ?? []
    assert.deepEqual(
      addresses.filter((one) => one !== 'http://www.w3.org/2000/svg'),
      [],
    )
  }
  const stream = await fetch(`${url}live`)
  const { value } = (await stream.body?.getReader().read()) ?? {}
  texts.push(new TextDecoder().decode(value))
  for (const text of texts) assert.doesNotMatch(text, /(test|live)_[\w-]{40}/)
  const away = await fetch(`${url}secret`)
  assert.deepEqual([away.status, (await away.json()).code], [404, 'NOT_FOUND'])
}

/** `fetch` lets nobody say such things of themselves. */
async function statusFor(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const asked = request(url, { headers })
  asked.end()
  const [response] = await once(asked, 'response')
  response.resume()
  return response.statusCode
}

async function answersNoOther(_t: TestContext, { url, order, state }: ShopWorld): Promise<void> {
  const { host, origin } = new URL(url)
  assert.equal(await statusFor(url, { host, origin }), 200)
  assert.equal(await statusFor(url, { host: 'shop.example' }), 403)
  assert.equal(await statusFor(url, { host, origin: 'http://shop.example' }), 403)
  assert.equal(await statusFor(url, { host, origin: 'null' }), 403)
  const headers = { 'idempotency-key': randomUUID(), origin: 'http://shop.example' }
  const { status } = await sendOrder(`${url}award`, award('ada', '5'), headers)
  assert.equal(status, 403)
  // As a form of another page would send it.
  const plain = { 'idempotency-key': randomUUID(), 'content-type': 'text/plain' }
  assert.equal((await sendOrder(`${url}award`, award('ada', '5'), plain)).status, 400)
  assert.equal((await order('award', award('ada', '5'), 'short')).status, 400)
  assert.deepEqual((await state()).moves, [])
}

/** Longer than a word of the chain, and not in ASCII. */
const cakeNote = 'coffee ☕ and a piece of the cake of today'

async function movesPoints(_t: TestContext, { order, until }: ShopWorld): Promise<void> {
  const key = randomUUID()
  const [first, second] = await Promise.all([
    order('award', award('ada', '120'), key),
    order('award', award('ada', '120'), key),
  ])
  assert.equal(first.body.transaction, second.body.transaction)
  const again = await order('award', award('ada', '120'), key)
  assert.deepEqual([again.status, again.body.isRepeat], [200, true])
  const other = await order('award', award('ada', '121'), key)
  assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED'])

  assert.equal((await order('redeem', award('ada', '30', cakeNote))).status, 201)
  assert.equal((await order('transfer', { customer: 'ada', points: '40', to: 'bob' })).status, 201)
  const { status, body } = await order('redeem', award('ada', '60', 'a cake'))
  assert.deepEqual([status, body.code], [422, 'CALL_REVERTED'])
  assert.match(
    body.detail,
    /ERC20InsufficientBalance\(sender: 0x[0-9a-fA-F]{40}, balance: 50, needed: 60\)/,
  )
  const state = await until('balances', (now) => balances(now).bob === '40' && now.moves.length > 2)
  assert.deepEqual(balances(state), { ada: '50', bob: '40', cleo: '0' })
  const told = state.moves.map(({ kind, points, note }) => [kind, points, note])
  assert.deepEqual(told, [
    ['award', '120', 'order 1'],
    ['redeem', '30', cakeNote],
    ['transfer', '40', undefined],
  ])
}

const badOrders: readonly (readonly ['award' | 'redeem' | 'transfer', unknown])[] = [
  ['award', 'no json'],
  ['award', []],
  ['award', null],
  ['award', {}],
  ['award', award('mallory', '5')],
  ['award', award('ada', '0')],
  ['award', award('ada', '-5')],
  ['award', award('ada', '1.5')],
  ['award', award('ada', '9999999999')],
  ['award', { ...award('ada', '5'), points: 5 }],
  ['award', award('ada', '5', ' ')],
  ['award', award('ada', '5', 'x'.repeat(61))],
  ['award', { ...award('ada', '5'), to: 'bob' }],
  ['award', { ...award('ada', '5'), more: 1 }],
  ['redeem', { customer: 'ada', points: '5' }],
  ['transfer', { customer: 'ada', points: '5' }],
  ['transfer', { customer: 'ada', points: '5', to: 'ada' }],
  ['transfer', { customer: 'ada', points: '5', to: 'mallory' }],
  ['transfer', { customer: 'ada', points: '5', to: 'bob', note: 'x' }],
  ['award', award('ada', '5', 'x'.repeat(20_000))],
]

async function refusesOrders(_t: TestContext, { order, state }: ShopWorld): Promise<void> {
  const before = (await state()).moves.length
  for (const [kind, body] of badOrders) {
    const answer = await order(kind, body)
    const told = JSON.stringify([body, answer]).slice(0, 300)
    assert.deepEqual([answer.status, answer.body.code], [400, 'ORDER_INVALID'], told)
  }
  assert.equal((await state()).moves.length, before)
}

async function tellsLive(_t: TestContext, { url, order }: ShopWorld): Promise<void> {
  const { body } = await fetch(`${url}live`, { signal: AbortSignal.timeout(waitMs) })
  const ordered = order('award', award('cleo', '7', 'order 7'))
  const told: string[] = []
  let text = ''
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (text + part).split('\n\n')
    text = frames.pop() ?? ''
    for (const [, data = ''] of frames.map((frame) => frame.split('event: change\ndata: '))) {
      const { moves = [], customers = [] }: ShopChange = data === '' ? {} : JSON.parse(data)
      told.push(...moves.filter(({ note }) => note === 'order 7').map(({ proof }) => proof))
      told.push(...customers.filter(({ id }) => id === 'cleo').map(({ points }) => points))
    }
    if (told.includes('proven') && told.includes('7')) break
  }
  assert.equal(told[0], 'pending')
  assert.equal((await ordered).status, 201)
}

const hasProofs = ({ moves }: ShopState) => moves.every(({ proof }) => proof !== 'pending')

const bytesOf = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer())

async function provesMoves(_t: TestContext, { url, until }: ShopWorld): Promise<void> {
  const state = await until('proofs', hasProofs)
  const keys = await bytesOf(`${url}keys`)
  for (const move of state.moves) {
    const proof = await bytesOf(`${url}moves/${move.transaction}/proof`)
    const checks = verifyMove(move, { proof, keys }, state)
    assert.equal(checks.length, 4)
    assert.match(
      checks[3] ?? '',
      new RegExp(`, as an act of the credential ${move.act?.credential}`),
    )

    const fails = (other: Partial<Move>, where = state) =>
      assert.throws(
        () => verifyMove({ ...move, ...other }, { proof, keys }, where),
        /does not hold/,
      )
    const act = { credential: 'ada-1', request: randomUUID() }
    fails({ points: String(Number(move.points) + 1) })
    fails({ act })
    fails({ transaction: `0x${'0'.repeat(64)}` })
    fails({ height: '999' })
    fails({}, { ...state, service: 'another' })
    if (move.note !== undefined) fails({ note: `${move.note} ` })
    if (move.to !== undefined) fails({ to: state.contract })
    const ledger = state.ledger.replace(/^./, (one) => (one === 'a' ? 'b' : 'a'))
    assert.throws(
      () => verifyMove(move, { proof, keys }, { ...state, ledger }),
      (error) => isCodedError(error) && error.code === 'KEY_BUNDLE_INVALID',
    )
  }
  const none = await fetch(`${url}moves/0x${'0'.repeat(64)}/proof`)
  assert.deepEqual([none.status, (await none.json()).code], [404, 'PROOF_PENDING'])
}

const isHere = (note: string) => (now: ShopState) => now.moves.some((one) => one.note === note)

async function losesNothing(_t: TestContext, world: ShopWorld): Promise<void> {
  const { order, until } = world
  await world.stop()
  const key = randomUUID()
  const lost = await order('award', award('bob', '10', 'order 8'), key)
  assert.deepEqual([lost.status, lost.body.code], [503, 'GATEWAY_UNREACHABLE'])
  await until('the loss', ({ isGatewayUp }) => !isGatewayUp)
  await world.start()
  const found = await order('award', award('bob', '10', 'order 8'), key)
  assert.ok([200, 201].includes(found.status), JSON.stringify(found))
  const state = await until('the move', (now) => isHere('order 8')(now) && now.isGatewayUp)
  assert.equal(state.moves.filter(({ note }) => note === 'order 8').length, 1)
  await until('the balance', (now) => balances(now).bob === '50')
}

/** A sandbox is saved every few seconds: what it did since is gone when its power is. */
async function showsWhatIsGone(t: TestContext, world: ShopWorld): Promise<void> {
  const { order, until } = world
  const key = randomUUID()
  assert.equal((await order('award', award('cleo', '1000', 'order 9'), key)).status, 201)
  await until('the move', isHere('order 9'))
  await world.stop('SIGKILL')
  await until('the loss', ({ isGatewayUp }) => !isGatewayUp)
  await world.start()
  assert.equal((await order('award', award('cleo', '1', 'order 10'))).status, 201)
  await until('the next move', isHere('order 10'))
  // Whatever is left: the moves that are not gone add up to the balances.
  const adds = (now: ShopState) =>
    now.isGatewayUp && now.customers.every((one) => pointsOf(now, one.address) === +one.points)
  await until('a sum that is right', adds)
  const again = await order('award', award('cleo', '1000', 'order 9'), key)
  assert.ok([200, 201].includes(again.status), JSON.stringify(again))
  const whole = await until('the whole', (now) => adds(now) && +(balances(now).cleo ?? 0) >= 1001)
  const nines = whole.moves.filter(({ note }) => note === 'order 9')
  const gone = whole.moves.filter(({ proof }) => proof === 'gone').length
  t.diagnostic(`${gone} of ${whole.moves.length} moves were lost with the power`)
  assert.equal(nines.filter(({ proof }) => proof !== 'gone').length, 1)
}

function pointsOf({ moves }: ShopState, address: string): number {
  return moves
    .filter(({ proof }) => proof !== 'gone')
    .reduce((sum, { from, to, points }) => {
      return sum + (to === address ? +points : 0) - (from === address ? +points : 0)
    }, 0)
}

async function savesProofs(t: TestContext, world: ShopWorld): Promise<void> {
  const { url, ledger, running, until } = world
  const folder = scratchFolder(t)
  const { moves } = await until('proofs', hasProofs)
  const [file, keys] = [join(folder, 'one.proof'), join(folder, 'ledger.keys')]
  const proof = await bytesOf(`${url}moves/${moves[0]?.transaction}/proof`)
  writeFileSync(file, proof)
  writeFileSync(keys, await bytesOf(`${url}keys`))
  await stopInOrder(running)

  const verify = () => bsn(['receipt', 'verify', file, '--keys', keys, '--ledger', ledger])
  const { code, stdout, stderr } = await verify()
  assert.equal(code, 0, stderr)
  assert.match(stdout, new RegExp(`^transaction: +${moves[0]?.transaction}`, 'm'))
  const last = proof.length - 1
  writeFileSync(file, proof.with(last, (proof[last] ?? 0) ^ 1))
  assert.equal((await verify()).code, 9)
}
