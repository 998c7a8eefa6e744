import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type CborMap, decodeCbor, toBase64url, utf8 } from '@openbsn/sdk'
import type { JsonObject } from '../../src/kernel/json.ts'
import { apiKeyOf } from '../../src/testing/access.ts'
import type { LedgerWorld } from '../../src/testing/ledger-world.ts'
import type { MemoryContracts } from '../../src/testing/memory-contracts.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { Receiver } from '../../src/testing/receiver.ts'
import { carried, Voters } from '../../src/testing/voters.ts'
import { joinBody } from './join-body.ts'
import { documentOf, type Operation, operationsOf, pathWith } from './operations.ts'
import { type Caller, type Kind, settle } from './tenants.ts'
import { openSides } from './world.ts'

/** An answer with what was asked. */
export type Answer = {
  readonly operation: Operation
  readonly status: number
  /** Media type, without its parameters. */
  readonly type: string
  readonly body: Buffer
  /** `ok`, or the code of the refusal. */
  readonly told: string
  /** Ledger and environment that it says it is of. */
  readonly named: readonly (string | null)[]
  /** How old it says that it is. */
  readonly block: string | null
}

/** What there is of a service: parts of paths. */
type Target = Readonly<
  Record<'key' | 'index' | 'position' | 'id' | 'entry' | 'path' | 'hash', string>
>
type Targets = Readonly<Record<string, Target>>

type Sent = { readonly type?: string; readonly body?: string | Buffer<ArrayBuffer> }
type Asked = Sent & { readonly query?: string; readonly accept?: string; readonly key?: string }

export const bearer = (name: string) => ({ authorization: `Bearer ${apiKeyOf(name)}` })

/** What stands in private records alone. */
export const privately = 'privately'

/** What stands in every record of a service, and nowhere else. */
export const secretOf = (service: string) => `what ${service} keeps to itself`

/** Three services with records and webhooks, and a way to ask every operation about each. */
export async function openDrive(t: TestContext, kind: Kind = 'records') {
  const { live, gateway } = await openSides(t)
  const { world, contracts } = live
  const callers = await settle(live, kind)
  await fillLedger(world, kind)
  const { address, base, database } = await gateway()
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  const document = await documentOf(address)
  const operations = operationsOf(document)
  const post = poster(base())
  const hook = { url: receiver.url }
  const targets: Record<string, Target> = {}
  for (const [number, service] of ['alpha', 'beta', 'open'].entries()) {
    const fillOne = kind === 'records' ? fill : fillContracts
    const define = kind === 'fabric' ? definer(contracts) : deployer(post)
    targets[service] = await fillOne(service, { post, define, hook, ledger: world.id, number })
  }
  const byId = (id: string) =>
    operations.find(({ operationId }) => operationId === id) ?? assert.fail(id)
  const caller = (name: string) => callers.find((one) => one.name === name) ?? assert.fail(name)
  const follow = follower(base())
  const asking = { post, follow, hook, targets, world }
  const ask = asker({ address, ...asking })
  /** Another gateway over the same ledger, and how it is asked. */
  const another = async (...how: Parameters<typeof gateway>) =>
    asker({ ...asking, address: (await gateway(...how)).address })
  /** Changes whenever anything does. */
  const changes = () => world.ledger.head.height + contracts.count
  const parts = { document, operations, byId, callers, caller, ask, another }
  return { ...parts, world, contracts, kind, changes, database }
}

/** Two of what every ledger has lists of. */
async function fillLedger(world: LedgerWorld, kind: Kind): Promise<void> {
  const place = { city: 'Berlin', country: 'DE', latitude: 0, longitude: 0 }
  const rest = { gateway: 'https://node.example', software: 'x', frameworks: [] }
  const voters = new Voters(world)
  for (const number of [1, 2]) {
    await world.done('node-register', { id: `node-${number}`, ...place, ...rest })
    await voters.propose(`prop-${number}`, [carried('alliance-stop', {})])
    if (kind !== 'evm') continue
    const address = new Uint8Array(20).fill(number)
    await world.done('account-freeze', { service: 'alpha', address, expect: 0 })
  }
}

type Post = (path: string, as: string, body: object) => Promise<Record<string, unknown>>

function poster(base: string): Post {
  return async (path, as, body) => {
    const headers = { 'content-type': 'application/json', ...bearer(as) }
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(base + path, sent)
    const text = await answer.text()
    assert.equal(answer.status, 201, text)
    return JSON.parse(text)
  }
}

type Follow = (service: string, as: string) => Promise<void>

/** Has a credential begin a named consumer. */
function follower(base: string): Follow {
  return async (service, as) => {
    const headers = { 'content-type': 'application/json', ...bearer(as) }
    const sent = { method: 'PUT', headers, body: '{"position":0}' }
    const answer = await fetch(`${base}/services/${service}/events/consumers/tail`, sent)
    assert.equal(answer.status, 200)
  }
}

/** Puts a contract into a service; gives its transaction. */
type Define = (service: string, made: JsonObject) => Promise<string>

const deployer =
  (post: Post): Define =>
  async (service, made) => {
    const { transaction } = await post(`/services/${service}/contracts`, `${service}-owner`, made)
    return String(transaction)
  }

/** On a channel contracts come by the ledger, not through the gateway. */
function definer(contracts: MemoryContracts): Define {
  return async (service, args) => {
    const by = { service, credential: `${service}-owner`, id: utf8('made') }
    const call = { ...by, function: 'deploy', args }
    const [outcome] = await contracts.submit([call], new AbortController().signal)
    assert.equal(outcome?.state, 'committed')
    return outcome.place.transaction
  }
}

type Filling = {
  readonly post: Post
  readonly define: Define
  readonly hook: object
  readonly ledger: string
  /** How many services were filled before. */
  readonly number: number
}

async function fill(service: string, { post, hook, ledger }: Filling): Promise<Target> {
  const [owner, records] = [`${service}-owner`, `/services/${service}/records`]
  const value = secretOf(service)
  await post(records, owner, { key: 'k', value })
  const { index } = await post(records, owner, {
    ...{ key: 'p', value: `${value}, ${privately}` },
    private: { subject: 'customer' },
  })
  const { id } = await post(`/services/${service}/webhooks`, owner, hook)
  // What `beta` has is behind what `alpha` has: a tile from the beginning holds both.
  const path = `000.p/${service === 'open' ? 1 : Number(index) + 1}`
  const at = { index: String(index), position: String(index) }
  const place = { ...at, entry: `${ledger}-${index}`, path }
  return { key: 'k', id: String(id), ...place, hash: `0x${'0'.repeat(64)}` }
}

/** A contract whose sources are a secret, with one event, and a webhook. */
async function fillContracts(
  service: string,
  { post, define, hook, ledger, number }: Filling,
): Promise<Target> {
  const owner = `${service}-owner`
  const made = { name: 'box', sources: { 'A.sol': secretOf(service) }, args: [secretOf(service)] }
  const hash = await define(service, made)
  const set = `/services/${service}/contracts/box/send/set`
  await post(set, owner, { args: [secretOf(service)] })
  const { id } = await post(`/services/${service}/webhooks`, owner, hook)
  const at = { index: '0', position: String(number) }
  const place = { key: 'k', ...at, entry: `${ledger}-0`, path: '000.p/1' }
  return { ...place, id: String(id), hash }
}

type Asking = {
  readonly address: string
  readonly post: Post
  readonly follow: Follow
  readonly hook: object
  readonly targets: Targets
  readonly world: LedgerWorld
}

/** Asks an operation about a service as a caller; a stream is left as soon as it begins. */
function asker({ address, post, follow, hook, targets, world }: Asking) {
  const count = { asked: 0 }
  const kid = toBase64url(world.genesis.validators[0]?.kid ?? new Uint8Array())
  const fixed = {
    ledger: world.id,
    kid,
    level: '0',
    subject: 'nobody',
    node: 'node-1',
    proposal: 'prop-1',
    group: 'group-1',
    file: 'page.js',
    page: 'errors',
    digest: 'ab'.repeat(32),
    name: 'ann',
  }

  /** What is to be deleted is made for it, so that the others find theirs. */
  async function makeFor(operationId: string, service: string): Promise<{ id?: string }> {
    const owner = `${service}-owner`
    if (operationId === 'deleteConsumer') await follow(service, owner)
    if (operationId !== 'deleteWebhook') return {}
    const { id } = await post(`/services/${service}/webhooks`, owner, hook)
    return { id: String(id) }
  }

  return async (
    operation: Operation,
    caller: Caller,
    service: string,
    asked: Asked = {},
  ): Promise<Answer> => {
    const { operationId, method } = operation
    const target = targets[service] ?? assert.fail(service)
    const { query = queryFor(operationId, service, target), accept = '*/*' } = asked
    const statement = { world, hook, text: `${count.asked++}` }
    const { type, body } = asked.body
      ? asked
      : await bodyFor(operationId, caller, service, statement)
    const own = { credential: `${service}-owner`, ...namesFor(operationId) }
    const values = { ...fixed, ...target, service, ...own }
    const made = caller.name === values.credential ? await makeFor(operationId, service) : {}
    const path = pathWith(operation, { ...values, ...made })
    const answer = await fetch(address + path + query, {
      method,
      headers: {
        accept,
        ...(caller.name === 'nobody' ? {} : bearer(caller.name)),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(asked.key === undefined ? {} : { 'idempotency-key': asked.key }),
      },
      ...(body === undefined || method === 'GET' ? {} : { body }),
    })
    return read(operation, answer)
  }
}

/** What a path names beside the service: what an operation makes is another one. */
const namesFor = (id: string) => ({
  consumer: id === 'acknowledgeEvents' ? 'own' : 'tail',
  contract: id === 'registerContract' ? 'other' : 'box',
  function: id === 'callContract' ? 'get' : 'set',
})

/** Good queries, where an operation has or needs one. */
function queryFor(id: string, service: string, { index }: Target): string {
  const size = Number(index) + 1
  const queries: Readonly<Record<string, string>> = {
    ...{ listEntries: `?service=${service}`, listUsage: `?service=${service}` },
    getInclusionProof: `?index=0&size=${size}`,
    getConsistencyProof: `?from=1&to=${size}`,
    getState: '?key=alliance',
  }
  return queries[id] ?? ''
}

type Said = { readonly world: LedgerWorld; readonly hook: object; readonly text: string }

/** Good bodies; a statement is signed by whoever asks. */
async function bodyFor(
  id: string,
  { name }: Caller,
  service: string,
  { world, hook, text }: Said,
): Promise<Sent> {
  if (['registerStatements', 'scittRegister', 'issueCertificate'].includes(id)) {
    const how = { iss: name, sub: service, signer: namedSigner(name) }
    return { type: 'application/cose', body: Buffer.from(await world.record(text, how)) }
  }
  const bodies: Readonly<Record<string, object>> = {
    writeRecords: { key: 'more', value: { text } },
    joinNetwork: joinBody,
    acknowledgeEvents: { position: 0 },
    ...contractBodies(text),
    ...{ createWebhook: hook, changeWebhook: { state: 'active' }, replayWebhook: { from: 0 } },
  }
  const body = bodies[id]
  return body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) }
}

/** Good bodies for what is done with contracts. */
export const contractBodies = (text: string) => ({
  ...{ deployContract: { template: 'box' }, verifyContract: { sources: { 'A.sol': text } } },
  compileContract: { sources: { 'A.sol': text } },
  registerContract: { address: `0x${'12'.repeat(20)}`, abi: [] },
  ...{ callContract: {}, estimateContract: { args: [text] }, sendToContract: { args: [text] } },
  sendTransaction: { to: 'box', data: '0x' },
  ...{ certifyUser: { request: 'x' }, endorseProposal: { proposal: '0x0a' } },
})

async function read(operation: Operation, answer: Response): Promise<Answer> {
  const type = (answer.headers.get('content-type') ?? '').replace(/;.*/, '')
  const isStream = type === 'text/event-stream'
  if (isStream) await answer.body?.cancel()
  const body = isStream ? Buffer.of() : Buffer.from(await answer.arrayBuffer())
  const told = answer.status < 400 ? 'ok' : codeIn(type, body)
  const named = ['x-bsn-ledger', 'x-bsn-environment'].map((name) => answer.headers.get(name))
  const block = answer.headers.get('x-bsn-block')
  return { operation, status: answer.status, type, body, told, named, block }
}

function codeIn(type: string, body: Buffer): string {
  // What is no problem has no code.
  if (type.endsWith('json')) return JSON.parse(body.toString()).code ?? 'none'
  const entry = [...(decodeCbor(body) as CborMap).values()].find((one) => one instanceof Map)
  return String(entry?.get('code'))
}
