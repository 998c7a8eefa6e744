import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, it } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { newCertificateKey } from '../../src/crypto/certificates.ts'
import { viewBlock } from '../../src/frameworks/fabric/blocks/block-view.ts'
import type { Enrolled } from '../../src/frameworks/fabric/organisation/ca-client.ts'
import { certificateRequest } from '../../src/frameworks/fabric/organisation/certificate-request.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { type BsnClient, bsnRequest } from '../../src/testing/bsn-client.ts'
import { until } from '../../src/testing/engine-program.ts'
import { needs } from '../../src/testing/needs.ts'
import { type ProposalParts, signedProposal } from '../../src/testing/signed-proposal.ts'
import { BsnWorld, type Called, newNonce, pair } from './bsn-world.ts'

let made: Promise<BsnWorld> | undefined

/** One for all tests. */
function openWorld(): Promise<BsnWorld> {
  made ??= BsnWorld.create()
  return made
}

after(async () => (await made)?.close())

it('a nonce counts once, and a signed text once, also over a restart', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const client = world.client('assets-key')
  for (const name of ['eve', 'e']) await world.ask(client, 'user/register', { name, secret: 's' })
  const path = 'node/reqChainCode'
  const nonce = newNonce().replaceAll(/[+/]/g, 'A')
  const call = { userName: 'eve', nonce, chainCode: 'kv', funcName: 'set' }
  const request = bsnRequest(client, path, { ...call, args: [pair('n1', '1')] })
  const done = (await world.send(path, request)).body as Called
  assert.equal(done.ccRes.ccData, 'SUCCESS')
  const codeOf = async (asked: object) => (await world.send(path, asked)).header.errCode
  assert.equal(await codeOf(request), 'BSN_NONCE_USED')
  await world.stop()
  await world.start()
  assert.equal(await codeOf(request), 'BSN_NONCE_USED')
  const other = bsnRequest(client, path, { ...call, args: [pair('n2', '2')] })
  assert.equal(await codeOf(other), 'BSN_NONCE_USED')
  // Cut in another way the text is the same, with another user and another nonce.
  const whole = `eve${nonce}kv`
  const cut = { userName: 'e', nonce: whole.slice(1, 33), chainCode: whole.slice(33) }
  assert.equal(await codeOf({ ...request, body: { ...request.body, ...cut } }), 'BSN_NONCE_USED')
  // Another user has nonces of its own.
  const others = bsnRequest(client, path, { ...call, userName: 'e', args: [pair('n3', '3')] })
  assert.equal(await codeOf(others), undefined)
  const { createName } = await world.settled(client, done.blockInfo.txId)
  assert.equal(createName, 'eve@assets-key')
})

it('who may ask asks, and who may write writes, as often as the ledger lets them', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const reader = await world.addApplication('assets', 'reader', { scopes: ['records:read'] })
  const writer = await world.addApplication('assets', 'writer', {
    scopes: ['records:write'],
    writesPerDay: 1,
  })
  // At once: what is on its way counts already.
  const keys = ['r1', 'r1b', 'r1c', 'r1d']
  const all = await Promise.all(keys.map((key) => world.call(writer, 'set', pair(key, 'x'))))
  const written = keys.filter((_, place) => /^[0-9a-f]{64}$/.test(all[place] ?? ''))
  assert.equal(written.length, 1, String(all))
  assert.equal(all.filter((one) => one === 'QUOTA_EXCEEDED').length, 3, String(all))
  assert.equal(await world.call(writer, 'set', pair('r2', 'x')), 'QUOTA_EXCEEDED')
  await until('it is there', async () =>
    /^[0-9a-f]{64}$/.test(await world.call(reader, 'get', String(written[0]))),
  )
  assert.equal(await world.call(writer, 'get', String(written[0])), 'SCOPE_MISSING')
  assert.equal(await world.call(reader, 'set', pair('r2', 'x')), 'SCOPE_MISSING')
  // Nothing of what was refused was ordered.
  assert.equal(await world.call(reader, 'get', 'r2'), 'CONTRACT_REFUSED')
  assert.equal(await world.call(reader, 'drop', ''), 'FUNCTION_UNKNOWN')
  assert.equal(await world.call(reader, 'get', '', { chainCode: 'none' }), 'CONTRACT_UNKNOWN')
})

it('blocks and transactions come in both forms, and what there is not is told', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const client = world.client('assets-key')
  const data = async (body: Record<string, string | number>) =>
    (await world.ask(client, 'node/getBlockData', body)).body as Record<string, string | number>
  const { blockData, blockHash, preBlockHash } = await data({ blockNumber: 1 })
  const block = common.Block.deserializeBinary(Buffer.from(String(blockData), 'base64'))
  const { hash, previousHash } = viewBlock(block)
  assert.deepEqual([hash, previousHash], [blockHash, preBlockHash])
  const json = await data({ blockNumber: 1, dataType: 'json' })
  assert.equal(JSON.parse(String(json.blockData)).hash, blockHash)
  // Java leaves 0 out.
  assert.equal((await data({})).blockNumber, 0)
  const txId = await world.call(client, 'set', pair('t1', 'x'))
  await world.settled(client, txId)
  const told = await world.ask(client, 'node/getTransdata', { txId, dataType: 'json' })
  const { id, creator, code } = JSON.parse((told.body as { transData: string }).transData)
  assert.deepEqual([id, creator, code], [txId, '@assets-key', 0])
  for (const [path, body, failed] of [
    ['node/getBlockData', { blockNumber: 100_000 }, {}],
    ['node/getBlockInfo', { blockHash: '00'.repeat(32) }, null],
    ['node/getTransaction', { txId: 'ab'.repeat(32) }, null],
    ['node/getTransdata', { txId: 'ab'.repeat(32) }, {}],
  ] as const) {
    const answer = await world.ask(client, path, body)
    assert.deepEqual([answer.header.errCode, answer.body], ['TRANSACTION_UNKNOWN', failed], path)
  }
})

/** A user who signs, with a certificate of this organisation. */
async function enrolled(world: BsnWorld, client: BsnClient, name: string): Promise<Enrolled> {
  await world.ask(client, 'user/register', { name, secret: 's' })
  const key = newCertificateKey()
  const csrPem = await certificateRequest(`${name}@${client.appCode}`, key)
  const { body, header } = await world.ask(client, 'user/enroll', { name, secret: 's', csrPem })
  assert.equal(header.code, 0, header.msg)
  return { certificate: (body as { cert: string }).cert, key }
}

it('a proposal is one of this channel, this user, this certificate and this time', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const client = world.client('deeds-key')
  const by = await enrolled(world, client, 'una')
  const good = { by, channel: 'deeds', args: ['set', pair('p1', 'x')] }
  const send = async (more: Partial<ProposalParts> = {}) => {
    const time = systemClock.nowSeconds()
    const bytes = signedProposal({ time, ...good, ...more })
    const { header } = await world.ask(client, 'node/trans', {
      transData: bytes.toString('base64'),
    })
    return [header.errCode, header.msg] as const
  }
  const nonce = randomBytes(24)
  assert.deepEqual(await send({ nonce }), [undefined, 'Transaction Successful'])
  assert.equal((await send({ nonce, args: ['get', 'p1'] }))[0], 'BSN_NONCE_USED')
  const now = systemClock.nowSeconds()
  const stranger = await enrolled(world, await world.addApplication('deeds', 'other'), 'una')
  for (const [more, message] of [
    [{ channel: 'assets' }, /another channel than deeds/],
    [{ mspId: 'betaMSP' }, /another organisation than alphaMSP/],
    [{ time: now - 1000 }, /before or after now/],
    [{ time: now + 1000 }, /before or after now/],
    [{ by: stranger }, /of another application/],
    [{ by: { ...by, key: newCertificateKey() } }, /signature/],
    [{ transaction: 'ab'.repeat(32) }, /transaction id/],
  ] as const) {
    const [code, said] = await send(more)
    assert.equal(code, 'PROPOSAL_INVALID', said)
    assert.match(said, message)
  }
  assert.equal((await send({ contract: '_lifecycle' }))[0], 'CONTRACT_UNKNOWN')
  assert.equal((await send({ contract: 'none' }))[0], 'CONTRACT_UNKNOWN')
  await enrolled(world, client, 'una')
  assert.match((await send())[1], /certificate was replaced/)
})

it('a certificate is issued for the own name and a key of P-256 alone', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const client = world.client('deeds-key')
  await world.ask(client, 'user/register', { name: 'ivo', secret: 's' })
  for (const name of ['ivo', 'una@deeds-key', 'ivo@assets-key', 'admin']) {
    const csrPem = await certificateRequest(name, newCertificateKey())
    const asked = { name: 'ivo', secret: 's', csrPem }
    const { header } = await world.ask(client, 'user/enroll', asked)
    assert.equal(header.errCode, 'CERTIFICATE_REQUEST_INVALID', name)
  }
  const transData = signedProposal({
    by: await enrolled(world, client, 'ada'),
    ...{ channel: 'deeds', args: ['get', 'x'], time: systemClock.nowSeconds() },
  }).toString('base64')
  // Who is registered and not enrolled signs nothing.
  const { header } = await world.ask(client, 'node/trans', { transData })
  assert.equal(header.errCode, 'CONTRACT_REFUSED')
})

it('keys and secrets are wrapped, and in no log', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const client = world.client('assets-key')
  const secret = `secret-${randomBytes(8).toString('hex')}`
  const { body } = await world.ask(client, 'user/register', { name: 'zoe', secret })
  assert.deepEqual(body, { name: 'zoe', secret })
  await world.stop()
  const file = readFileSync(world.database, 'latin1')
  assert.ok(file.includes('zoe'))
  for (const shown of [file, world.lines.join('\n')]) {
    assert.ok(!shown.includes(secret))
    assert.ok(!shown.includes('PRIVATE KEY'))
  }
  await world.start()
})
