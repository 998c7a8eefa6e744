import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type CborValue,
  CodedError,
  createClient,
  decodeCbor,
  fromBase64url,
  parseStatement,
  toBase64url,
  toHex,
  verifyReceipts,
} from '@openbsn/sdk'
import { createDrain } from '../../gateway/drain.ts'
import { createGatewayApp } from '../../gateway/gateway-app.ts'
import { gatewayOptions } from '../../gateway/options.ts'
import { actNames } from '../../ledger/verify/act-replay.ts'
import { busyLedger } from '../../testing/busy-ledger.ts'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { credentialOf, LedgerWorld } from '../../testing/ledger-world.ts'
import {
  createMemoryLedger,
  createMemoryQuery,
  createMemoryUsage,
} from '../../testing/memory-ledger.ts'
import { startTamperingProxy, type Tamper } from '../../testing/tampering-proxy.ts'
import { actDocument, servicesOf } from './act-document.ts'
import { auditLedger } from './audit-ledger.ts'

type Shown = { readonly status?: string }
type Audited = {
  readonly index: number
  readonly act: string
  readonly by: string
  readonly changes: readonly { key: string; before: Shown | null; after: Shown }[]
}

/** A ledger with a few acts. */
async function quietWorld(): Promise<LedgerWorld> {
  const world = await (await LedgerWorld.create()).settle()
  await world.submitOne(await world.record('between'))
  await world.done('service-freeze', { id: 'flights', expect: 1 })
  await world.done('service-unfreeze', { id: 'flights', expect: 2 })
  return world
}

/** A real ledger behind a real gateway, and a liar before it. */
async function auditedWorld(create = quietWorld) {
  const world = await create()
  const { deps } = testGatewayDeps()
  const { ledger } = world
  const entries = createMemoryQuery(ledger)
  const lists = { refusals: 0 }
  const listed: typeof entries.list = async (filter) => {
    if (lists.refusals-- > 0) throw new CodedError('LISTS_BEHIND', '', { retryable: true })
    return entries.list(filter)
  }
  const ledgers = [
    {
      ...{
        ledger,
        entries: { ...entries, list: listed },
        usage: createMemoryUsage(createMemoryLedger()),
      },
      isStopped: () => false,
      frameworks: new Map(),
    },
  ]
  const app = await createGatewayApp(gatewayOptions({}), { ...deps, ledgers }, createDrain())
  const proxy = await startTamperingProxy(await app.listen({ host: '127.0.0.1', port: 0 }))
  const client = createClient({ gateway: proxy.address, ledger: world.id, attemptsMax: 1 })
  const close = async () => {
    proxy.close()
    await app.close()
    await world.remove()
  }
  const audit = async (how: Tamper = (_, answer) => answer, receipts = true) => {
    proxy.lie(how)
    return auditLedger(client, { ledger: world.id, receipts, pauseMs: 1 })
  }
  return { world, audit, lists, close }
}

const at = (path: string, end: string, answer: Record<string, unknown>, other: object) =>
  path.split('?')[0]?.endsWith(end) ? { ...answer, ...other } : answer

const flipped = (text: unknown, place: number) => {
  const bytes = fromBase64url(String(text)) ?? new Uint8Array()
  const at = place < 0 ? bytes.length + place : place
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return toBase64url(bytes)
}

describe('auditLedger', () => {
  let net: Awaited<ReturnType<typeof auditedWorld>>
  before(async () => {
    net = await auditedWorld()
  })
  after(() => net.close())

  it('recomputes what every act found and left', async () => {
    const { acts, head } = await net.audit()
    const documents = acts.map(actDocument) as unknown as Audited[]
    assert.deepEqual(
      documents.map(({ index, act, by }) => [index, act, by]),
      [
        [0, 'service-create', 'member/admin'],
        [1, 'credential-create', 'member/admin'],
        [3, 'service-freeze', 'member/admin'],
        [4, 'service-unfreeze', 'member/admin'],
      ],
    )
    const [created, , frozen] = documents
    assert.equal(created?.changes[0]?.before, null)
    assert.deepEqual(
      [frozen?.changes[0]?.key, frozen?.changes[0]?.before?.status],
      ['service/flights', 'running'],
    )
    assert.equal(frozen?.changes[0]?.after.status, 'frozen')
    assert.deepEqual(
      acts.map((act) => [...servicesOf(act)][0]),
      Array(4).fill('flights'),
    )
    assert.ok(acts.every(({ line }) => line !== undefined))
    assert.equal(head.height, net.world.ledger.head.height)
  })

  it('finds an act that is kept back, with and without receipts', async () => {
    const hide: Tamper = (path, answer) => {
      if (!path.includes('/entries?service=bsn')) return answer
      const entries = (answer.entries as { index: number }[]).filter(({ index }) => index !== 4)
      return { ...answer, entries }
    }
    for (const receipts of [true, false]) {
      await assert.rejects(net.audit(hide, receipts), { code: 'AUDIT_STATE_DIFFERS' })
    }
    const first: Tamper = (path, answer) =>
      path.includes('bsn%3Aservices') ? { ...answer, entries: [] } : answer
    await assert.rejects(net.audit(first), { code: 'VERIFY_ENTRY_WRONG', message: /entry 1:/ })
  })

  it('finds acts that were changed, doubled, or are none', async () => {
    const changed: Tamper = (path, answer) =>
      at(path, '/entries/3', answer, { statement: flipped(answer.statement, -1) })
    await assert.rejects(net.audit(changed), { code: 'RECEIPT_SIGNATURE_INVALID' })
    const unproven = { code: 'VERIFY_ENTRY_WRONG', message: /signature does not hold/ }
    await assert.rejects(net.audit(changed, false), unproven)
    const extra = (index: number): Tamper => {
      return (path, answer) => {
        if (!path.includes('bsn%3Akeys')) return answer
        return { ...answer, entries: [{ index }] }
      }
    }
    const doubled = { code: 'VERIFY_ENTRY_WRONG', message: /before one that came earlier/ }
    await assert.rejects(net.audit(extra(3)), doubled)
    await assert.rejects(net.audit(extra(2)), { code: 'VERIFY_ENTRY_WRONG', message: /a record/ })
    const other: Tamper = (path, answer) =>
      at(path, '/entries/3', answer, { statement: flipped(answer.statement, 60) })
    await assert.rejects(net.audit(other, false), { code: 'VERIFY_ENTRY_WRONG' })
  })
})

/** An object of the state as an audit shows it, by the decoder of the SDK. */
function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([name, one]) => [String(name), plain(one)]))
}

/** Control statements as they stand in the log, each with its index. */
const controlStatements = ({ ledger }: LedgerWorld) =>
  [...ledger.store.entriesFrom(0)]
    .map(({ bytes }, index) => ({ index, bytes, ...parseStatement(bytes) }))
    .filter(({ claims }) => claims.sub.startsWith('bsn:'))

describe('auditLedger, over every act that there is', () => {
  let net: Awaited<ReturnType<typeof auditedWorld>>
  before(async () => {
    net = await auditedWorld(busyLedger)
  })
  after(() => net.close())

  it('lists each control statement, by whom it was, with its receipt', async () => {
    const { acts } = await net.audit()
    const signed = controlStatements(net.world)
    assert.deepEqual(
      acts.map(({ index }) => index),
      signed.map(({ index }) => index),
    )
    assert.deepEqual([...new Set(acts.map(({ act }) => act))].sort(), actNames.toSorted())
    for (const [i, { index, act, by, kid, module, line, ...rest }] of acts.entries()) {
      const { claims, contentType, kid: signer, payload, bytes } = signed[i] ?? assert.fail()
      assert.equal(contentType, `application/vnd.openbsn.${act}+cbor`)
      assert.deepEqual([module, kid], [claims.sub, toHex(signer)])
      assert.equal(by.replace(/^(member|operator|participant)\//, ''), claims.iss)
      assert.ok(line)
      const [statement, receipt] = [line.statement, line.receipt].map((one) => fromBase64url(one))
      assert.ok(statement && receipt)
      assert.deepEqual(Buffer.from(statement), Buffer.from(bytes))
      assert.equal(verifyReceipts(statement, [receipt], net.world.keys).index, index)
      const fields = decodeCbor(payload)
      const service = fields instanceof Map ? fields.get('service') : undefined
      if (service !== undefined) assert.ok(servicesOf(rest).has(String(service)), act)
    }
  })

  it('says of each what it found and left, up to what the state is now', async () => {
    const { acts } = await net.audit(undefined, false)
    const known = new Map<string, unknown>()
    for (const { act, changes } of acts.map(actDocument) as unknown as Audited[]) {
      assert.ok(changes.length > 0, `${act} changed nothing`)
      for (const { key, before, after } of changes) {
        if (known.has(key)) assert.deepEqual(before, known.get(key), `${act} found ${key}`)
        assert.notDeepEqual(before, after, `${act} left ${key} as it was`)
        known.set(key, after)
      }
    }
    for (const [key, after] of known) {
      const value = net.world.ledger.get(key) ?? assert.fail(key)
      assert.deepEqual(after, plain(decodeCbor(value)), key)
    }
  })
})

describe('auditLedger, of what it is not told', () => {
  let net: Awaited<ReturnType<typeof auditedWorld>>
  before(async () => {
    net = await auditedWorld()
  })
  after(() => net.close())

  it('takes no checkpoint that nobody signed', async () => {
    const forged: Tamper = (path, answer) =>
      at(path, '/checkpoint', answer, {
        checkpoints: (answer.checkpoints as string[]).map((one) => flipped(one, -1)),
      })
    await assert.rejects(net.audit(forged), { code: 'RECEIPT_SIGNATURE_INVALID' })
    const unborn: Tamper = (path, answer) =>
      at(path, '/checkpoint', answer, { height: 0, stateRoot: '00'.repeat(32) })
    await assert.rejects(net.audit(unborn), { code: 'AUDIT_STATE_DIFFERS' })
  })

  it('puts counters in as of one block, or says that it could not', async () => {
    const limited = { ...credentialOf('c2'), writesPerDay: 5 }
    await net.world.done('credential-create', limited)
    await net.world.submitOne(await net.world.record('counted', { iss: 'c2' }))
    // An act puts the count into the state.
    await net.world.done('credential-create', credentialOf('c3'))
    assert.equal((await net.audit()).acts.length, 6)
    const later: Tamper = (path, answer) => {
      if (!path.includes('/state?key=quota')) return answer
      const checkpoint = answer.checkpoint as { stateRoot: string }
      return { ...answer, checkpoint: { ...checkpoint, stateRoot: '00'.repeat(32) } }
    }
    await assert.rejects(net.audit(later), { code: 'AUDIT_UNSETTLED' })
    const more: Tamper = (path, answer) => {
      return path.includes('/state?key=quota') ? { ...answer, value: null } : answer
    }
    await assert.rejects(net.audit(more), { code: 'AUDIT_STATE_DIFFERS' })
  })

  it('waits for lists, but not for ever', async () => {
    const behind: Tamper = (path, answer) => at(path, '/entries', answer, { position: 2 })
    await assert.rejects(net.audit(behind), { code: 'AUDIT_LIST_BEHIND' })
    net.lists.refusals = 3
    assert.ok((await net.audit()).acts.length > 0)
    net.lists.refusals = Number.POSITIVE_INFINITY
    await assert.rejects(net.audit(), { code: 'AUDIT_LIST_BEHIND' })
  })
})
