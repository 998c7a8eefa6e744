import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { encodeBatch } from '@openbsn/sdk'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { isOfOthers, rules } from './access-rules.ts'
import { answerChecker } from './answers.ts'
import { type Answer, contractBodies, openDrive } from './drive.ts'
import type { Operation } from './operations.ts'
import type { Kind } from './tenants.ts'

/**
 * What cannot be had here: a node that has no portal, an answer of `fetch` that is
 * a WebSocket, receipts that other validators have not signed yet, another signature over the act.
 */
const unseen = [
  ...['getPortal 503', 'getDocs 503', 'getDocsPage 503', 'openEventSocket 101'],
  // Of nodes that run Fabric.
  ...['putPackage 204', 'getUser 200', 'certifyUser 200', 'endorseProposal 200'],
  'getContractLog 200',
  ...['scittRegister 202', 'scittReceipt 204'],
  'scittRegister 200',
  // The ledger of the tests is no network.
  ...['getJoin 200', 'getJoinHistory 200', 'getJoinSnapshot 200', 'joinNetwork 200'],
  'issueCertificate 200',
]

/** Lists that are as long as the program or the operator makes them: they come in one piece. */
const whole = ['listLedgers', 'listTemplates']

/** Of these a drive has one or none; they have tests of their own. */
const short = ['listConsumers', 'listDeadLetters']

type Found = {
  readonly wrong: Set<string>
  readonly seen: Set<string>
  /** Lists that were read in more than one page. */
  readonly paged: Set<string>
}

/** A drive that looks at every answer. */
async function openChecked(t: TestContext, { wrong, seen, paged }: Found, kind: Kind) {
  const drive = await openDrive(t, kind)
  const wrongWith = answerChecker(drive.document)
  const looking =
    (asks: typeof drive.ask) =>
    async (...asked: Parameters<typeof drive.ask>) => {
      const answer = await asks(...asked)
      seen.add(`${answer.operation.operationId} ${answer.status}`)
      const fault = wrongWith(answer)
      if (fault) wrong.add(fault)
      const { operationId, path } = answer.operation
      const isDated = answer.status > 299 || /^\d+; time=\d+; age=\d+/.test(answer.block ?? '')
      const isNamed = answer.named.join() === `${drive.world.id},live` && isDated
      if (path.includes('{ledger}') && !isNamed)
        wrong.add(`${operationId}: ${answer.named.join()}, ${answer.block}`)
      return answer
    }
  const another = async (...how: Parameters<typeof drive.another>) =>
    looking(await drive.another(...how))
  return { ...drive, ask: looking(drive.ask), another, paged }
}
type Checked = Awaited<ReturnType<typeof openChecked>>

/** Every operation, by some callers, asked well and badly, in every type that it answers in. */
async function askEverything({ operations, caller, ask }: Checked): Promise<void> {
  const accepts = ['application/json', 'application/cose', 'text/html', 'x/y']
  for (const operation of operations) {
    for (const name of ['nobody', 'guesser', 'alpha-owner', 'alpha-frozen', 'beta-owner']) {
      const who = caller(name)
      await ask(operation, who, 'alpha')
      await ask(operation, who, 'alpha', { query: '?unknown=1' })
      await ask(operation, who, 'open', { type: 'application/json', body: '{"a":[}' })
      for (const accept of accepts) await ask(operation, who, 'alpha', { accept })
    }
  }
}

/** Batches, repeats and receipts, by each way of writing. */
async function askToWrite({ byId, caller, ask, world }: Checked): Promise<void> {
  const owner = caller('alpha-owner')
  const query = '?include=receipt'
  const text = (body: object) => ({ type: 'application/json', body: JSON.stringify(body), query })
  const kept = { value: 2, private: { subject: 's' } }
  await ask(byId('writeRecords'), owner, 'alpha', text({ value: 'one' }))
  const records = [{ value: 1 }, { value: null, key: 'k' }, kept]
  await ask(byId('writeRecords'), owner, 'alpha', text({ records }))
  await ask(byId('eraseSubject'), owner, 'alpha')

  const how = { iss: owner.name, sub: 'alpha', signer: namedSigner(owner.name) }
  const statement = Buffer.from(await world.record('once and again', how))
  const statements = [statement, Buffer.from('no statement')]
  const batch = { type: 'application/cbor-seq', body: Buffer.from(encodeBatch(statements)) }
  const texts = statements.map((one) => one.toString('base64url'))
  const one = { type: 'application/cose', body: statement, query }
  for (const body of [one, one, batch, text({ statements: texts })]) {
    await ask(byId('registerStatements'), owner, 'alpha', body)
  }
}

/** What became of requests: of a batch whose first row is refused, of a record, of one refused. */
async function askWhatBecame({ byId, caller, ask }: Checked): Promise<void> {
  const large = { value: 'x'.repeat(65_536) }
  const sent = { alpha: { records: [large, { value: 1 }] }, open: { value: 1 }, beta: large }
  const states: unknown[] = []
  for (const [service, body] of Object.entries(sent)) {
    const owner = caller(`${service}-owner`)
    const type = 'application/json'
    await ask(byId('writeRecords'), owner, service, { type, body: JSON.stringify(body), key: 'k' })
    const { body: told } = await ask(byId('getRequest'), owner, service)
    const { state, isBatch, row } = JSON.parse(told.toString())
    states.push([state, isBatch, row])
  }
  const [none, rejected] = [undefined, 'rejected']
  assert.deepEqual(states, [
    [rejected, true, 0],
    ['committed', none, none],
    [rejected, none, none],
  ])
}

/** Calls of contracts, and the same again. */
async function askToCall({ byId, caller, ask, another, contracts }: Checked): Promise<void> {
  const owner = caller('alpha-owner')
  const bodies = contractBodies('again')
  const ids = ['deployContract', 'sendToContract', 'sendTransaction'] as const
  const sent = (id: (typeof ids)[number], key: string) => {
    return { type: 'application/json', body: JSON.stringify(bodies[id]), key: `${key}-${id}` }
  }
  for (const id of ids) {
    for (const one of [1, 2].map(() => sent(id, 'again'))) await ask(byId(id), owner, 'alpha', one)
  }
  await ask(byId('getRequest'), owner, 'alpha')
  // A chain that takes long, and a disk that is full.
  const held = Promise.withResolvers<void>()
  contracts.gate = held.promise
  const askSoon = await another({ writeWaitMs: 20 }, { diskFreeBytes: async () => 0 })
  for (const id of ids) await askSoon(byId(id), owner, 'alpha', sent(id, 'late'))
  held.resolve()
  await askSoon(byId('isReady'), owner, 'alpha', { query: '?verbose' })
}

const isList = ({ operationId }: Operation) =>
  (/^list/.test(operationId) || operationId === 'getHistory') && !whole.includes(operationId)

/** Who finds most in a list, and in which part of it. */
const readerOf = (id: string) =>
  ['listUsage', 'listCredentials'].includes(id) ? 'nobody' : 'alpha-owner'
/** Of the log those alone that fit into one page. */
const scopes: Readonly<Record<string, string>> = {
  listEntries: '&service=alpha',
  listRequestLog: '&method=PATCH',
}
const scopeOf = (id: string) => scopes[id] ?? ''

type Page = { readonly items: readonly unknown[]; readonly next?: string }

function pageIn({ operation, body, status }: Answer): Page {
  assert.equal(status, 200, `${operation.operationId}: ${body}`)
  const { next, calls: _, ...rest } = JSON.parse(body.toString())
  const items = Object.values(rest).find((one) => Array.isArray(one)) ?? assert.fail()
  return { items: items as unknown[], ...(next === undefined ? {} : { next }) }
}

/** What something in a list is, whatever moves in it meanwhile. */
const nameOf = (one: unknown) => {
  const { id, name, index, address, ...rest } = one as Record<string, unknown>
  return id ?? name ?? index ?? address ?? JSON.stringify(rest)
}

/** A list whole, and the same in three pages: each of it once, in the same order. */
async function readTwice(operation: Operation, { ask, caller }: Checked) {
  const reader = caller(readerOf(operation.operationId))
  const scope = scopeOf(operation.operationId)
  const page = async (query: string) =>
    pageIn(await ask(operation, reader, 'alpha', { query: query + scope }))
  const { items } = await page('?limit=1000')
  const limit = Math.max(1, Math.ceil(items.length / 3))
  const paged: unknown[] = []
  for (let cursor = ''; ; ) {
    const { items: some, next } = await page(`?limit=${limit}${cursor}`)
    assert.ok(some.length <= limit, operation.operationId)
    paged.push(...some)
    if (next === undefined) return { items: items.map(nameOf), paged: paged.map(nameOf) }
    cursor = `&cursor=${next}`
  }
}

/** Deliveries go on meanwhile: their list is read again until nothing came between. */
async function readStill(operation: Operation, checked: Checked) {
  for (let tries = 1; ; tries++) {
    const read = await readTwice(operation, checked)
    const isStill = JSON.stringify(read.paged) === JSON.stringify(read.items)
    if (isStill || operation.operationId !== 'listDeliveries' || tries === 20) return read
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The log keeps some of what comes in a second, and in the rush before none of these. */
async function fillLog({ ask, byId, caller, world }: Checked): Promise<void> {
  world.clock.now++
  const owner = caller('alpha-owner')
  for (let i = 0; i < 3; i++) await ask(byId('changeWebhook'), owner, 'alpha', { query: '?a=1' })
}

/** Every list comes in pages, and no cursor is taken that is none of it. */
async function pageEverything(checked: Checked): Promise<void> {
  const { operations, caller, ask, kind } = checked
  await fillLog(checked)
  for (const operation of operations.filter(isList)) {
    if (isOfOthers(rules[operation.operationId], kind)) continue
    const { operationId, parameters } = operation
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
    assert.ok(names.includes('cursor') && names.includes('limit'), operationId)
    const { items, paged } = await readStill(operation, checked)
    assert.deepEqual(paged, items, operationId)
    if (items.length > 1) checked.paged.add(operationId)
    const query = `?cursor=AAAA${scopeOf(operationId)}`
    const { told } = await ask(operation, caller(readerOf(operationId)), 'alpha', { query })
    assert.equal(told, 'CURSOR_INVALID', operationId)
  }
}

describe('the OpenAPI document', () => {
  it('describes every answer: its status, its type, its fields', async (t) => {
    const found: Found = { wrong: new Set(), seen: new Set(), paged: new Set() }
    const checked = await openChecked(t, found, 'records')
    await askEverything(checked)
    await askToWrite(checked)
    await askWhatBecame(checked)
    await pageEverything(checked)
    const contracts = await openChecked(t, found, 'evm')
    await askEverything(contracts)
    await askToCall(contracts)
    await pageEverything(contracts)
    const channels = await openChecked(t, found, 'fabric')
    await askEverything(channels)
    await pageEverything(channels)
    const [{ seen, wrong, paged }, { operations }] = [found, checked]
    t.diagnostic(`${seen.size} kinds of answers`)
    assert.deepEqual([...wrong], [])
    const lists = operations.filter(isList).map(({ operationId }) => operationId)
    assert.deepEqual(lists.filter((one) => !paged.has(one)).toSorted(), short.toSorted())
    const described = operations.flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    )
    const missing = described.filter((one) => /\d$/.test(one) && !seen.has(one))
    assert.deepEqual(missing.toSorted(), unseen.toSorted())
  })
})
