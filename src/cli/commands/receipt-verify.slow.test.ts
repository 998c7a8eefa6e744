import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { encodeTransactionLeaf, encodeTransactionProof, leafHash, sha256, utf8 } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { testCli, testNetwork } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { keyOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { command as entryGet } from './entry-get.ts'
import { command as ledgerKeys } from './ledger-keys.ts'
import { command as receiptVerify } from './receipt-verify.ts'

async function setup(t: TestContext) {
  const { run, put, file, credential, ledger } = await testNetwork(t)
  await put(['--receipts', file('out.ndjson'), file('rows.json', '[1,2,3,4,5]')])
  await run('entry', 'get', '3', '--statement', file('s.cose'), '--receipt', file('r.cose'))
  await run('ledger', 'keys', '--out', file('keys.pem'))
  await run('ledger', 'keys', '--bundle', '--out', file('keys.cbor'))
  const verify = (...argv: string[]) => run('receipt', 'verify', '--json', ...argv)
  const pair = (keys: string) =>
    verify('--statement', file('s.cose'), '--receipt', file('r.cose'), '--keys', keys)
  return { run, verify, pair, file, credential, ledger }
}

const otherLedger = `bsn1${'0'.repeat(40)}`

describe('bsn entry get, ledger keys, receipt verify', () => {
  it('fetches an entry with its receipt', async (t) => {
    const { run, file } = await setup(t)
    const { code, json } = await run('entry', 'get', '3', '--json')
    assert.equal(code, 0)
    assert.ok(Check(entryGet.output, json()))
    assert.deepEqual([json().index, json().service, json().issuer], [3, 'flights', 'cred_test'])
    const statement = Buffer.from(String(json().statement), 'base64url')
    assert.deepEqual(readFileSync(file('s.cose')), statement)
    const absent = await run('entry', 'get', '99', '--json')
    assert.deepEqual([absent.code, absent.problem().code], [4, 'ENTRY_NOT_FOUND'])
    assert.equal((await run('entry', 'get', '-1')).code, 2)
    assert.equal((await run('entry', 'get', 'x')).code, 2)
  })

  it('prints keys as PEM where no file is named', async (t) => {
    const { run, file } = await setup(t)
    const pem = await run('ledger', 'keys')
    assert.equal(pem.stdout, readFileSync(file('keys.pem'), 'utf8'))
    assert.match(pem.stdout, /^-----BEGIN PUBLIC KEY-----/)
    const { json } = await run('ledger', 'keys', '--json')
    assert.ok(Check(ledgerKeys.output, json()))
    const bundle = await run('ledger', 'keys', '--bundle')
    assert.equal(bundle.stdout, readFileSync(file('keys.cbor'), 'latin1'))
    const other = await run('ledger', 'keys', '--ledger', otherLedger)
    assert.equal(other.code, 4)
  })

  it('verifies a receipt by PEM, key bundle and credential file', async (t) => {
    const { pair, file, credential, ledger } = await setup(t)
    for (const [keys, kind] of [
      [file('keys.pem'), 'pem'],
      [file('keys.cbor'), 'bundle'],
      [credential, 'credential'],
    ]) {
      const { code, json } = await pair(keys ?? '')
      assert.equal(code, 0)
      assert.ok(Check(receiptVerify.output, json()))
      assert.deepEqual([json().index, json().ledger, json().keys], [3, ledger.id, kind])
    }
  })

  it('verifies a whole file of receipts, or a sample', async (t) => {
    const { run, file } = await setup(t)
    const argv = ['receipt', 'verify', '--file', file('out.ndjson'), '--keys', file('keys.cbor')]
    const all = (await run(...argv, '--json')).json()
    assert.ok(Check(receiptVerify.output, all))
    assert.deepEqual([all.verified, all.firstIndex, all.lastIndex], [5, 0, 4])
    assert.equal((await run(...argv, '--json', '--sample', '2')).json().verified, 2)
    const text = readFileSync(file('out.ndjson'), 'utf8')
    file('bad.ndjson', text.replace('"index":2', '"index":1'))
    const bad = await run(
      'receipt',
      'verify',
      '--json',
      '--file',
      file('bad.ndjson'),
      '--keys',
      file('keys.pem'),
    )
    assert.deepEqual([bad.code, bad.problem().code], [9, 'RECEIPT_INDEX_DIFFERS'])
  })
})

describe('bsn receipt verify, where something is wrong', () => {
  it('ends with 9 where anything does not hold', async (t) => {
    const { run, pair, file } = await setup(t)
    const receipt = readFileSync(file('r.cose'))
    receipt[receipt.length - 1] = (receipt.at(-1) ?? 0) ^ 1
    file('flipped.cose', receipt)
    const argv = [
      'receipt',
      'verify',
      '--json',
      '--statement',
      file('s.cose'),
      '--keys',
      file('keys.pem'),
    ]
    const flipped = await run(...argv, '--receipt', file('flipped.cose'))
    assert.deepEqual([flipped.code, flipped.problem().code], [9, 'RECEIPT_SIGNATURE_INVALID'])
    const swapped = await run(...argv, '--receipt', file('s.cose'))
    assert.equal(swapped.code, 9)
    const odd = await pair(file('odd', 'no keys'))
    assert.deepEqual([odd.code, odd.problem().code], [9, 'KEYS_UNREADABLE'])
    const pinned = ['--ledger', otherLedger]
    const other = await run(
      ...argv.with(-1, file('keys.cbor')),
      '--receipt',
      file('r.cose'),
      ...pinned,
    )
    assert.deepEqual([other.code, other.problem().code], [9, 'KEY_BUNDLE_INVALID'])
  })

  it('takes no keys for others, and says what a file is not', async (t) => {
    const { pair, verify, file } = await setup(t)
    const pem = readFileSync(file('keys.pem'), 'utf8')
    const stranger = generateKeyPairSync('ed25519').publicKey.export({
      type: 'spki',
      format: 'pem',
    })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    for (const [text, code] of [
      [String(stranger), 'RECEIPT_WRONG_KEY'],
      [pem.replace(/^M/m, '!'), 'KEYS_UNREADABLE'],
      [pem.slice(0, 60), 'KEYS_UNREADABLE'],
      [String(rsa.publicKey.export({ type: 'spki', format: 'pem' })), 'KEYS_UNREADABLE'],
      [String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })), 'KEYS_UNREADABLE'],
      ['', 'KEYS_UNREADABLE'],
    ] as const) {
      const { code: exit, problem } = await pair(file('wrong.pem', text))
      assert.deepEqual([exit, problem().code], [9, code], text)
    }
    const keys = ['--keys', file('keys.pem')]
    for (const proof of ['keys.pem', 's.cose', 'out.ndjson']) {
      const { code, problem } = await verify(file(proof), ...keys)
      assert.deepEqual([code, problem().code], [9, 'TRANSACTION_PROOF_INVALID'], proof)
    }
    for (const wrong of ['keys.pem', 'keys.cbor']) {
      const argv = ['--statement', file(wrong), '--receipt', file('r.cose'), ...keys]
      assert.equal((await verify(...argv)).code, 9, wrong)
      assert.equal((await verify('--file', file(wrong), ...keys)).code, 9, wrong)
    }
  })

  it('asks for what it needs', async (t) => {
    const { run, file } = await setup(t)
    const keys = ['--keys', file('keys.pem')]
    assert.equal((await run('receipt', 'verify', ...keys)).code, 2)
    assert.equal((await run('receipt', 'verify', ...keys, '--statement', file('s.cose'))).code, 2)
    const both = ['--statement', file('s.cose'), '--file', file('out.ndjson')]
    assert.equal((await run('receipt', 'verify', ...keys, ...both)).code, 2)
    assert.equal((await run('receipt', 'verify', '--keys', 'absent', '--file', 'x')).code, 4)
  })
})

/** A ledger that registered the one transaction of a block, its keys, and the proof. */
async function registeredTransaction(t: TestContext) {
  const world = await LedgerWorld.create()
  const folder = testFolder()
  t.after(async () => {
    await world.remove()
    folder.remove()
  })
  await world.done('operator-key-register', { key: keyOf('operator') })
  await world.done('service-create', { id: 'coin', framework: 'evm' })
  const [transaction, input] = [sha256(utf8('transaction')), sha256(utf8('input'))]
  const leaf = encodeTransactionLeaf({ transaction, input, status: 1, height: 4 })
  const range = { service: 'coin', chain: 7, generation: 0, first: 4, last: 4, expect: 0, count: 1 }
  const hashes = { hash: sha256(utf8('block')), root: leafHash(leaf) }
  const how = { signer: namedSigner('operator') }
  const index = await world.done('blocks-register', { ...range, ...hashes }, how)
  const { statement } = world.ledger.entry(index) ?? assert.fail()
  const receipts = world.ledger.receipts(index)
  const proof = encodeTransactionProof({ leaf, index: 0, count: 1, path: [], statement, receipts })
  const keys = folder.file('keys.cbor', '')
  writeFileSync(keys, world.ledger.keyBundle())
  const file = folder.file('transaction.proof', '')
  const verify = (bytes: Uint8Array, ...more: readonly string[]) => {
    writeFileSync(file, bytes)
    return testCli(['receipt', 'verify', file, '--keys', keys, ...more])
  }
  return { world, index, proof, verify, transaction }
}

describe('bsn receipt verify, with the proof of a transaction', () => {
  it('says what it proves', async (t) => {
    const { world, index, proof, verify, transaction } = await registeredTransaction(t)
    const { code, json } = await verify(proof, '--json')
    assert.equal(code, 0)
    assert.ok(Check(receiptVerify.output, json()))
    const { signers: _, time: __, inputSha256: ___, ...rest } = json()
    assert.deepEqual(rest, {
      ...{ valid: true, transaction: `0x${Buffer.from(transaction).toString('hex')}` },
      ...{ status: 'done', blockHeight: 4, chain: 7, generation: 0, service: 'coin' },
      ...{ ledger: world.id, index, attestedBy: 'admin', keys: 'bundle' },
    })
    const { stdout } = await verify(proof)
    assert.match(stdout, /^valid: admin registered it as one of the chain of coin\n/)
  })

  it('ends with 9 where it does not hold, and takes one thing at a time', async (t) => {
    const { proof, verify } = await registeredTransaction(t)
    const cut = await verify(proof.subarray(1), '--json')
    assert.deepEqual([cut.code, cut.problem().code], [9, 'TRANSACTION_PROOF_INVALID'])
    const other = await verify(utf8('{"receipt":"x"}'), '--json')
    assert.match(String(other.problem().detail), /this is no proof of a transaction/)
    assert.equal((await verify(proof, '--file', 'x')).code, 2)
  })
})
