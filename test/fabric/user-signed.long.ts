import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { after, it } from 'node:test'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { type Contracts, type ContractUser, type Signer, webCryptoSigner } from '@openbsn/sdk'
import type { BsnClient } from '@openbsn/sdk/bsn'
import { newCertificateKey } from '../../src/crypto/certificates.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { signedEnvelope } from '../../src/testing/signed-envelope.ts'
import { hiddenKey, SigningNode } from './signing-node.ts'

let made: Promise<SigningNode> | undefined

/** One for all tests. */
function openNode(): Promise<SigningNode> {
  made ??= SigningNode.create()
  return made
}

after(async () => (await made)?.net.close())

const both = ['records:write', 'records:read']
const pair = (key: string, value: string) => JSON.stringify({ baseKey: key, baseValue: value })
const set = (contracts: Contracts, user: ContractUser, key: string) =>
  contracts.send('books', 'set', [pair(key, '1')], { user })

/** Who signed a transaction of a block, as the peers have it. */
async function creatorOf(old: BsnClient, txId: string): Promise<msp.SerializedIdentity> {
  const { transData } = await old.transactionData(txId)
  const whole = peer.ProcessedTransaction.deserializeBinary(Buffer.from(transData, 'base64'))
  assert.equal(whole.getValidationcode(), 0)
  const payload = whole.getTransactionenvelope()?.getPayload_asU8() ?? new Uint8Array()
  const header = common.Payload.deserializeBinary(payload).getHeader()
  const signature = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  )
  return msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8())
}

it('a user writes from the command line, with a proof', async () => {
  const node = await openNode()
  const [own, proof] = [['--credential', node.file('erp')], node.net.file('a.proof')]
  const enroll = ['contract', 'enroll', 'ann', '--out', node.net.file('ann.user'), ...own]
  const { mspId } = await node.does(...enroll)
  // Again it goes on with the key in the file.
  const { certificate } = await node.does(...enroll)
  assert.match(new X509Certificate(String(certificate)).subject, /CN=ann@cred_/)
  const by = ['--user', node.net.file('ann.user'), ...own]
  const send = ['contract', 'send', 'books', 'set', '--arg', pair('a', '1')]
  const sent = await node.does(...send, ...by, '--receipt', proof)
  assert.deepEqual([sent.result, sent.isRepeat], ['SUCCESS', false])
  const asked = await node.does('contract', 'call', 'books', 'get', '--arg', 'a', ...by)
  assert.equal(asked.result, '1')
  const contracts = node.client('erp').contracts('deeds')
  const { from, state } = await contracts.transaction(String(sent.transaction))
  const sender = `${mspId}/ann@${node.stored('erp').credential}`
  assert.deepEqual([from, state], [sender, 'committed'])
  const verified = await node.net.run('receipt', 'verify', '--keys', node.file('erp'), proof)
  assert.equal(verified.code, 0, verified.stderr)
})

it('in the block is the certificate of the user, whose key nobody has', async () => {
  const node = await openNode()
  const contracts = node.client('erp').contracts('deeds')
  const user = await contracts.enroll('ben', await hiddenKey())
  const old = await node.oldClient('erp')
  // Half of the signatures are made with the higher s, which Fabric would not take.
  for (const name of ['b1', 'b2', 'b3', 'b4']) {
    const { transaction } = await set(contracts, user, name)
    const creator = await creatorOf(old, transaction)
    assert.equal(Buffer.from(creator.getIdBytes_asU8()).toString(), user.certificate)
    assert.equal(creator.getMspid(), user.mspId)
  }
  assert.equal(await contracts.call('books', 'get', ['b4'], { user }), '1')
})

it('what a user signed counts once, however often and through whoever it comes', async () => {
  const node = await openNode()
  const contracts = node.client('erp').contracts('deeds')
  const user = await contracts.enroll('cy', await hiddenKey())
  const send = (value: string) =>
    contracts.send('books', 'set', [pair('c', value)], { user, idempotencyKey: 'one' })
  const { transaction, height, isRepeat } = await send('1')
  assert.equal(isRepeat, false)
  const again = await send('1')
  assert.deepEqual([again.isRepeat, again.transaction, again.height], [true, transaction, height])
  await assert.rejects(send('2'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  const { raw } = node.line.last('/transactions') as { raw: string }
  const stolen = await contracts.sendTransaction({ raw })
  assert.deepEqual([stolen.isRepeat, stolen.transaction], [true, transaction])
  const known = await contracts.status(transaction)
  assert.deepEqual([known.state, known.request], ['committed', transaction])
  // At once it is one, too.
  const { raw: next } = await withheld(node, contracts, user)
  const all = await Promise.all([1, 2, 3].map(() => contracts.sendTransaction({ raw: next })))
  assert.equal(new Set(all.map((one) => one.transaction)).size, 1)
  assert.equal(all.filter((one) => !one.isRepeat).length, 1)
})

/** An envelope that a user signed, and that did not reach the gateway. */
async function withheld(node: SigningNode, contracts: Contracts, user: ContractUser) {
  node.line.isCut = '/transactions'
  const sent = contracts.send('books', 'set', [pair(`of ${user.name}`, 'x')], { user })
  await assert.rejects(sent, { code: 'GATEWAY_UNREACHABLE' })
  node.line.isCut = ''
  return node.line.last('/transactions') as { raw: string }
}

it('a user of old clients is the same one here, before and after another certificate', async () => {
  const node = await openNode()
  const [contracts, old] = [node.client('erp').contracts('deeds'), await node.oldClient('erp')]
  const { mspId, channelId: channel } = await old.appInfo()
  const { secret } = await old.registerUser('ivy')
  const enrolled = async () => ({ ...(await old.enrollUser('ivy', secret)), mspId, channel })
  const send = (user: ContractUser, value: string) =>
    contracts.send('books', 'set', [pair('i', value)], { user, idempotencyKey: 'renewed' })
  const before = await enrolled()
  assert.deepEqual(await contracts.enroll('ivy', before.signer), before)
  await assert.rejects(contracts.enroll('ivy', await hiddenKey()), { code: 'USER_EXISTS' })
  const { transaction } = await send(before, '1')
  const after = await enrolled()
  await assert.rejects(send(before, '1'), { code: 'PROPOSAL_INVALID' })
  const again = await send(after, '1')
  assert.deepEqual([again.isRepeat, again.transaction], [true, transaction])
  await assert.rejects(send(after, '2'), { code: 'IDEMPOTENCY_KEY_REUSED' })
})

it('what another one changed first is proposed anew, and signed anew', async () => {
  const contracts = (await openNode()).client('erp').contracts('deeds')
  const user = await contracts.enroll('fay', await hiddenKey())
  await set(contracts, user, 'many')
  const update = (value: string) =>
    contracts.send('books', 'update', [pair('many', value)], { user })
  const all = await Promise.all(['1', '2', '3'].map(update))
  assert.equal(new Set(all.map((one) => one.transaction)).size, 3)
})

it('what nobody endorsed is in a block, without effect, and that is told', async () => {
  const node = await openNode()
  const contracts = node.client('erp').contracts('deeds')
  const key = newCertificateKey()
  const { mspId, channel, certificate } = await contracts.enroll('hal', await signerOf(key))
  const by = { certificate, key }
  const time = systemClock.nowSeconds()
  const call = { contract: 'books', args: ['set', pair('h', '1')], time }
  const raw = `0x${signedEnvelope({ by, mspId, channel, ...call }).toString('hex')}`
  const refused = { code: 'TRANSACTION_REFUSED' }
  await assert.rejects(contracts.sendTransaction({ raw }, { idempotencyKey: 'h' }), refused)
  const told = await contracts.status('h')
  assert.ok(told.state === 'rejected' && told.code === 'TRANSACTION_REFUSED')
  await assert.rejects(contracts.sendTransaction({ raw }), refused)
  await assert.rejects(contracts.call('books', 'get', ['h']), { code: 'CONTRACT_REFUSED' })
})

/** A signer of a key that the test has as well. */
function signerOf(key: KeyObject): Promise<Signer> {
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  const publicKey = createPublicKey(key).toCryptoKey(how, true, ['verify']) as CryptoKey
  const privateKey = key.toCryptoKey(how, false, ['sign']) as CryptoKey
  return webCryptoSigner({ privateKey, publicKey })
}

it('nothing else is signed than what was proposed', async () => {
  const node = await openNode()
  const { line } = node
  const contracts = node.client('erp').contracts('deeds')
  const user = await contracts.enroll('dan', await hiddenKey())
  await set(contracts, user, 'other')
  let old: unknown
  line.change = (path, answer) => {
    if (path !== '/proposals') return answer
    old ??= answer.payload
    return { ...answer, payload: old as string }
  }
  await contracts.call('books', 'get', ['other'], { user })
  const before = line.sent.length
  await assert.rejects(set(contracts, user, 'mine'), { code: 'GATEWAY_LIES' })
  const sent = line.sent.slice(before).map(({ path }) => path)
  assert.ok(!sent.includes('/transactions'), 'nothing was signed')
  line.change = (_, answer) => answer
  await assert.rejects(contracts.call('books', 'get', ['mine'], { user }), {
    code: 'CONTRACT_REFUSED',
  })
})

it('what a contract, a name or an application does not allow is refused', async () => {
  const node = await openNode()
  const contracts = node.client('erp').contracts('deeds')
  const user = await contracts.enroll('eve', await hiddenKey())
  await assert.rejects(contracts.enroll('eve', await hiddenKey()), { code: 'USER_EXISTS' })
  await assert.rejects(contracts.enroll('e/v', await hiddenKey()), { code: 'REQUEST_INVALID' })
  await set(contracts, user, 'e1')
  await assert.rejects(set(contracts, user, 'e1'), { code: 'CONTRACT_REFUSED' })
  const unknown = { code: 'CONTRACT_UNKNOWN' }
  await assert.rejects(contracts.send('qscc', 'GetChainInfo', [], { user }), unknown)
  await assert.rejects(contracts.send('none', 'set', [], { user }), unknown)
  await assert.rejects(contracts.send('books', 'set', []), { code: 'KEY_MODE_DIFFERS' })
  // Another application has other users, and is not let through with an envelope of these.
  const other = (await node.credential('other', both)).contracts('deeds')
  await assert.rejects(set(other, user, 'e2'), { code: 'PROPOSAL_INVALID' })
  const { raw } = await withheld(node, contracts, user)
  await assert.rejects(other.sendTransaction({ raw }), { code: 'PROPOSAL_INVALID' })
  const changed = raw.replace(/..$/, (end) => (end === '00' ? '01' : '00'))
  await assert.rejects(contracts.sendTransaction({ raw: changed }), { code: 'TRANSACTION_INVALID' })
})

it('rights, limits and what is frozen hold as for every call', async () => {
  const node = await openNode()
  const contracts = node.client('erp').contracts('deeds')
  const user = await contracts.enroll('gil', await hiddenKey())
  await set(contracts, user, 'g1')
  const limit = ['--writes-per-day', '1']
  const limited = (await node.credential('limited', both, limit)).contracts('deeds')
  const own = await limited.enroll('gil', user.signer)
  await set(limited, own, 'g2')
  await assert.rejects(set(limited, own, 'g3'), { code: 'QUOTA_EXCEEDED' })
  const reader = (await node.credential('reader', ['records:read'])).contracts('deeds')
  await assert.rejects(reader.enroll('gil', user.signer), { code: 'SCOPE_MISSING' })
  await node.does('service', 'freeze', 'deeds', '--sandbox')
  await assert.rejects(set(contracts, user, 'g4'), { code: 'SERVICE_FROZEN' })
  assert.equal(await contracts.call('books', 'get', ['g1'], { user }), '1')
  await node.does('service', 'unfreeze', 'deeds', '--sandbox')
  for (const key of ['g3', 'g4']) {
    const asked = contracts.call('books', 'get', [key])
    await assert.rejects(asked, { code: 'CONTRACT_REFUSED' }, `${key} is not there`)
  }
})
