import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import {
  algorithmByName,
  type Client,
  createClient,
  createSigner,
  fromBase64url,
  type Signer,
  webCryptoSigner,
} from '@openbsn/sdk'
import { type BsnClient, createBsnClient } from '@openbsn/sdk/bsn'
import { bsn, bsnHome } from '../cli/bsn.ts'
import { type Document, eventually } from '../scenarios/network-world.ts'

type Home = Awaited<ReturnType<typeof bsnHome>>
type Stored = { ledger: string; credential: string; key: { secret: string } }

const pair = (key: string, value: string) => JSON.stringify({ baseKey: key, baseValue: value })

/** A user's key that nobody can read, as browsers have it. */
async function hiddenKey(): Promise<Signer> {
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  return webCryptoSigner(await crypto.subtle.generateKey(how, false, ['sign', 'verify']))
}

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

/** What goes to the gateway and comes from it, which a test may change. */
class Line {
  readonly sent: { path: string; body: Document }[] = []
  change: (path: string, answer: Document) => Document = (_, answer) => answer

  readonly fetch: typeof fetch = async (url, init) => {
    const path = new URL(String(url)).pathname.replace(/^.*\/services\/[^/]+/, '')
    const isJson = typeof init?.body === 'string'
    if (isJson) this.sent.push({ path, body: JSON.parse(String(init?.body)) })
    const answer = await fetch(url, init)
    if (!isJson) return answer
    const { status, headers } = answer
    const kept = new Headers([...headers].filter(([name]) => name !== 'content-length'))
    const body = this.change(path, (await answer.json()) as Document)
    return new Response(JSON.stringify(body), { status, headers: kept })
  }

  /** What was posted last to a path. */
  last(path: string): Document {
    return this.sent.findLast((one) => one.path === path)?.body ?? {}
  }
}

describe('users who sign on Fabric, against a node', () => {
  let net: Home
  const line = new Line()
  const file = (name: string) => net.file(`${name}.credential`)
  const stored = (name: string): Stored => JSON.parse(readFileSync(file(name), 'utf8'))
  async function does(...argv: readonly string[]): Promise<Document> {
    const ended = await net.run(...argv, '--json')
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }

  /** A credential of a service, and a client that signs its requests. */
  async function credential(
    name: string,
    scopes: readonly string[],
    more: readonly string[] = [],
  ): Promise<Client> {
    const asked = scopes.flatMap((one) => ['--scope', one])
    const named = ['--service', 'deeds', '--label', name, '--algorithm', 'ES256', ...asked]
    await does('credential', 'create', ...named, ...more, '--sandbox', '--out', file(name))
    return client(name)
  }

  function client(name: string): Client {
    const { ledger, key } = stored(name)
    const algorithm = algorithmByName('ES256')
    assert(algorithm !== undefined, 'ES256 is in the table')
    const signer = createSigner(algorithm, fromBase64url(key.secret) ?? new Uint8Array())
    return createClient({ gateway: net.address, ledger, signer, fetch: line.fetch })
  }

  async function oldClient(name: string): Promise<BsnClient> {
    const folder = net.file(`${name}-bsn`)
    const of = ['--credential', file(name), '--out', folder, '--force']
    const written = await does('credential', 'bsn', ...of)
    return createBsnClient({
      gateway: net.address,
      userCode: String(written.userCode),
      appCode: String(written.appCode),
      privateKey: readFileSync(String(written.key), 'utf8'),
      gatewayKey: readFileSync(String(written.gatewayKey), 'utf8'),
    })
  }

  const both = ['records:write', 'records:read']
  let app: Client
  before(async () => {
    for (const engine of ['fabric', 'fabric-ca']) await bsn(['engine', 'install', engine])
    net = await bsnHome()
    const how = ['--framework', 'fabric', '--key-mode', 'public-key-upload', '--sandbox']
    await does('service', 'create', 'deeds', ...how)
    const preset = ['--package', 'preset:key-value', '--service', 'deeds', '--sandbox']
    await does('contract', 'define', 'books', ...preset)
    app = await credential('erp', both)
    await eventually(
      () => does('contract', 'list', '--credential', file('erp')),
      ({ contracts }) => (contracts as Document[]).every(({ waitsFor }) => waitsFor === undefined),
    )
  })
  after(() => net?.close())

  it('writes from the command line, with a proof', async () => {
    const [own, proof] = [['--credential', file('erp')], net.file('a.proof')]
    const enroll = ['contract', 'enroll', 'ann', '--out', net.file('ann.user'), ...own]
    const { mspId } = await does(...enroll)
    // Again it goes on with the key in the file.
    const { certificate } = await does(...enroll)
    assert.match(new X509Certificate(String(certificate)).subject, /CN=ann@cred_/)
    const by = ['--user', net.file('ann.user'), ...own]
    const send = ['contract', 'send', 'books', 'set', '--arg', pair('a', '1')]
    const sent = await does(...send, ...by, '--receipt', proof)
    assert.deepEqual([sent.result, sent.isRepeat], ['SUCCESS', false])
    const asked = await does('contract', 'call', 'books', 'get', '--arg', 'a', ...by)
    assert.equal(asked.result, '1')
    const { from, state } = await app.contracts('deeds').transaction(String(sent.transaction))
    const sender = `${mspId}/ann@${stored('erp').credential}`
    assert.deepEqual([from, state], [sender, 'committed'])
    const verified = await net.run('receipt', 'verify', '--keys', file('erp'), proof)
    assert.equal(verified.code, 0, verified.stderr)
  })

  it('is in the block with the certificate of the user, whose key nobody has', async () => {
    const contracts = app.contracts('deeds')
    const user = await contracts.enroll('ben', await hiddenKey())
    for (const name of ['b1', 'b2', 'b3', 'b4']) {
      // Half of them are made with the higher s, which Fabric would not take.
      const sent = await contracts.send('books', 'set', [pair(name, '1')], { user })
      const creator = await creatorOf(await oldClient('erp'), sent.transaction)
      assert.equal(Buffer.from(creator.getIdBytes_asU8()).toString(), user.certificate)
      assert.equal(creator.getMspid(), user.mspId)
      assert.equal(line.last('/transactions').raw?.toString().startsWith('0x'), true)
    }
    assert.equal(await contracts.call('books', 'get', ['b4'], { user }), '1')
  })

  it('counts once, however often and through whoever it comes', async () => {
    const contracts = app.contracts('deeds')
    const signer = await hiddenKey()
    const user = await contracts.enroll('cy', signer)
    const send = (value: string) =>
      contracts.send('books', 'set', [pair('c', value)], { user, idempotencyKey: 'one' })
    const first = await send('1')
    assert.equal(first.isRepeat, false)
    const again = await send('1')
    const { transaction, height } = first
    assert.deepEqual([again.isRepeat, again.transaction, again.height], [true, transaction, height])
    await assert.rejects(send('2'), { code: 'IDEMPOTENCY_KEY_REUSED' })
    const { raw } = line.last('/transactions') as { raw: string }
    const stolen = await contracts.sendTransaction({ raw })
    assert.deepEqual([stolen.isRepeat, stolen.transaction], [true, transaction])
    const known = await contracts.status(transaction)
    assert.deepEqual([known.state, known.request], ['committed', transaction])
    // What another transaction changed first is proposed anew.
    await contracts.send('books', 'set', [pair('race', '0')], { user })
    const update = (value: number) =>
      contracts.send('books', 'update', [pair('race', String(value))], { user })
    const all = await Promise.all([1, 2, 3].map(update))
    assert.equal(new Set(all.map((one) => one.transaction)).size, 3)
  })

  it('has nothing else signed than what was proposed', async () => {
    const contracts = app.contracts('deeds')
    const user = await contracts.enroll('dan', await hiddenKey())
    await contracts.send('books', 'set', [pair('other', '1')], { user })
    let old: unknown
    line.change = (path, answer) => {
      if (path !== '/proposals') return answer
      old ??= answer.payload
      return { ...answer, payload: old as string }
    }
    await contracts.call('books', 'get', ['other'], { user })
    const before = line.sent.length
    await assert.rejects(contracts.send('books', 'set', [pair('mine', '1')], { user }), {
      code: 'GATEWAY_LIES',
    })
    const sent = line.sent.slice(before).map(({ path }) => path)
    assert.ok(!sent.includes('/transactions'), 'nothing was signed')
    line.change = (_, answer) => answer
    await assert.rejects(contracts.call('books', 'get', ['mine'], { user }), {
      code: 'CONTRACT_REFUSED',
    })
  })

  it('is refused where a user, a right or a limit is missing', async () => {
    const contracts = app.contracts('deeds')
    const user = await contracts.enroll('eve', await hiddenKey())
    const set = (key: string, by = contracts) => by.send('books', 'set', [pair(key, '1')], { user })
    await assert.rejects(contracts.enroll('eve', await hiddenKey()), { code: 'USER_EXISTS' })
    await assert.rejects(contracts.enroll('e/v', await hiddenKey()), { code: 'REQUEST_INVALID' })
    await set('e1')
    await assert.rejects(set('e1'), { code: 'CONTRACT_REFUSED' })
    await assert.rejects(contracts.send('qscc', 'GetChainInfo', [], { user }), {
      code: 'CONTRACT_UNKNOWN',
    })
    await assert.rejects(contracts.send('none', 'set', [], { user }), { code: 'CONTRACT_UNKNOWN' })
    // Another application has other users, and is not let through with an envelope of these.
    const other = (await credential('other', both)).contracts('deeds')
    await assert.rejects(set('e2', other), { code: 'PROPOSAL_INVALID' })
    const lost = { path: '', raw: '' }
    line.change = (path, answer) => (path === '/transactions' ? { ...answer, height: 0 } : answer)
    const withdrawn = (await credential('limited', both, ['--writes-per-day', '1'])).contracts(
      'deeds',
    )
    const own = await withdrawn.enroll('eve', user.signer)
    const write = (key: string) => withdrawn.send('books', 'set', [pair(key, '1')], { user: own })
    await write('e3')
    await assert.rejects(write('e4'), { code: 'QUOTA_EXCEEDED' })
    lost.raw = String(line.last('/transactions').raw)
    await assert.rejects(contracts.sendTransaction({ raw: lost.raw }), { code: 'PROPOSAL_INVALID' })
    const changed = lost.raw.replace(/..$/, (end) => (end === '00' ? '01' : '00'))
    await assert.rejects(withdrawn.sendTransaction({ raw: changed }), {
      code: 'TRANSACTION_INVALID',
    })
    await assert.rejects(contracts.send('books', 'set', [pair('e5', '1')]), {
      code: 'KEY_MODE_DIFFERS',
    })
    const reader = (await credential('reader', ['records:read'])).contracts('deeds')
    await assert.rejects(reader.enroll('eve', user.signer), { code: 'SCOPE_MISSING' })
    await does('service', 'freeze', 'deeds', '--sandbox')
    await assert.rejects(set('e6'), { code: 'SERVICE_FROZEN' })
    assert.equal(await contracts.call('books', 'get', ['e1'], { user }), '1')
    await does('service', 'unfreeze', 'deeds', '--sandbox')
    // Nothing of what was refused is there.
    for (const key of ['e2', 'e4', 'e5', 'e6']) {
      await assert.rejects(contracts.call('books', 'get', [key]), { code: 'CONTRACT_REFUSED' }, key)
    }
  })
})
