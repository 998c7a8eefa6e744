import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { encodeBatch } from '@openbsn/sdk'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { answerChecker } from './answers.ts'
import { contractBodies, openDrive } from './drive.ts'
import type { Kind } from './tenants.ts'

/**
 * What cannot be had here: a node that is not ready or has no portal, an answer of `fetch` that is
 * a WebSocket, receipts that other validators have not signed yet, another signature over the act.
 */
const unseen = [
  ...[
    'getPortal 503',
    'isReady 503',
    'openEventSocket 101',
    'scittRegister 202',
    'scittReceipt 204',
  ],
  'scittRegister 200',
  // The ledger of the tests is no network.
  ...['getJoin 200', 'getJoinHistory 200', 'getJoinSnapshot 200', 'joinNetwork 200'],
  'issueCertificate 200',
  // A chain that takes long.
  ...['deployContract 202', 'sendToContract 202', 'sendTransaction 202'],
]

type Found = { readonly wrong: Set<string>; readonly seen: Set<string> }

/** A drive that looks at every answer. */
async function openChecked(t: TestContext, { wrong, seen }: Found, kind: Kind) {
  const drive = await openDrive(t, kind)
  const wrongWith = answerChecker(drive.document)
  const ask = async (...asked: Parameters<typeof drive.ask>) => {
    const answer = await drive.ask(...asked)
    seen.add(`${answer.operation.operationId} ${answer.status}`)
    const fault = wrongWith(answer)
    if (fault) wrong.add(fault)
  }
  return { ...drive, ask }
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

/** Calls of contracts, and the same again. */
async function askToCall({ byId, caller, ask }: Checked): Promise<void> {
  const owner = caller('alpha-owner')
  const bodies = contractBodies('again')
  for (const id of ['deployContract', 'sendToContract', 'sendTransaction'] as const) {
    const sent = { type: 'application/json', body: JSON.stringify(bodies[id]), key: `again-${id}` }
    for (const one of [sent, sent]) await ask(byId(id), owner, 'alpha', one)
  }
  await ask(byId('getRequest'), owner, 'alpha')
}

describe('the OpenAPI document', () => {
  it('describes every answer: its status, its type, its fields', async (t) => {
    const found: Found = { wrong: new Set(), seen: new Set() }
    const checked = await openChecked(t, found, 'records')
    await askEverything(checked)
    await askToWrite(checked)
    const contracts = await openChecked(t, found, 'evm')
    await askEverything(contracts)
    await askToCall(contracts)
    const [{ seen, wrong }, { operations }] = [found, checked]
    t.diagnostic(`${seen.size} kinds of answers`)
    assert.deepEqual([...wrong], [])
    const described = operations.flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    )
    const missing = described.filter((one) => /\d$/.test(one) && !seen.has(one))
    assert.deepEqual(missing.toSorted(), unseen.toSorted())
  })
})
