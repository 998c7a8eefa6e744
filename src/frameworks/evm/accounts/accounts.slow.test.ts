import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { createKeyEncryption } from '../../../crypto/key-encryption.ts'
import { openSql } from '../../../storage/sql.ts'
import { testFolder } from '../../../testing/folder.ts'
import { readTransaction } from '../transactions/read-transaction.ts'
import type { UnsignedTransaction } from '../transactions/unsigned-transaction.ts'
import { accountsMigration, createAccounts } from './accounts.ts'

const transaction: UnsignedTransaction = {
  chainId: 7,
  nonce: 0,
  to: '0x00000000000000000000000000000000000000aa',
  data: '0x',
  value: 1n,
  gas: 21_000n,
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
}

function setUp(t: TestContext) {
  const { path, file, remove } = testFolder()
  const database = openSql(file('evm.db'), [accountsMigration])
  t.after(() => {
    database.close()
    remove()
  })
  const kek = randomBytes(32)
  const open = (ledger = 'bsn1aa', key: Uint8Array = kek) =>
    createAccounts({ ledger }, { database, keys: createKeyEncryption(key) })
  return { path, database, open, kek }
}

describe('managed accounts', () => {
  it('are another one for each credential, service and ledger, and the same ever after', (t) => {
    const { open } = setUp(t)
    const accounts = open()
    const first = accounts.of('coin', 'till').address
    const others = [
      accounts.of('coin', 'shop'),
      accounts.of('points', 'till'),
      open('bsn1ab').of('coin', 'till'),
      // Names that look alike when they are put together.
      accounts.of('coin till', ''),
    ]
    assert.equal(new Set([first, ...others.map(({ address }) => address)]).size, 5)
    assert.equal(accounts.of('coin', 'till').address, first)
    assert.equal(open().of('coin', 'till').address, first)
  })

  it('sign what is read as theirs', (t) => {
    const account = setUp(t).open().of('coin', 'till')
    const { raw, hash } = account.sign(transaction)
    const read = readTransaction(raw, { chainId: 7 })
    assert.deepEqual([read.from, read.hash], [account.address, hash])
    assert.deepEqual(account.sign(transaction), { raw, hash })
  })

  it('are found by their address, in the ledger that they are of', (t) => {
    const { open } = setUp(t)
    const accounts = open()
    const { address } = accounts.of('coin', 'till')
    const owner = { service: 'coin', credential: 'till' }
    assert.deepEqual(accounts.find(address), owner)
    assert.deepEqual(accounts.find(address.toLowerCase()), owner)
    assert.equal(accounts.find('0x00'), undefined)
    assert.equal(open('bsn1ab').find(address), undefined)
  })

  it('are on disk in no form that opens without the key-encryption key', (t) => {
    const { open, database, kek } = setUp(t)
    const account = open().of('coin', 'till')
    const other = open('bsn1aa', randomBytes(32))
    assert.throws(() => other.of('coin', 'till'), { code: 'KEY_UNWRAP_FAILED' })
    // A row that is put in the place of another one is not taken for it.
    database.prepare('UPDATE accounts SET credential = ?').run('shop')
    assert.throws(() => open().of('coin', 'shop'), { code: 'KEY_UNWRAP_FAILED' })
    const secret = database.prepare('SELECT secret FROM accounts').get()?.secret
    assert.ok(secret instanceof Uint8Array && secret.length === 32 + 12 + 16)
    const context = `EVM account ${JSON.stringify(['bsn1aa', 'coin', 'till'])}`
    const plain = createKeyEncryption(kek).unwrap(secret, context)
    assert.equal(Buffer.from(secret).includes(Buffer.from(plain)), false)
    assert.match(account.address, /^0x[0-9a-fA-F]{40}$/)
  })

  it('sign no more once they are closed', (t) => {
    const accounts = setUp(t).open()
    const account = accounts.of('coin', 'till')
    accounts.close()
    assert.throws(() => account.sign(transaction), /bug: no account signs/)
    assert.throws(() => accounts.of('coin', 'till'), /bug: accounts are not used/)
  })
})
