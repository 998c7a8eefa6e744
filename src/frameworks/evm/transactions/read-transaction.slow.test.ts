import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { getAddress, type Hex, keccak256, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { changedOnTheWay, cutShort } from '../../../testing/broken-bytes.ts'
import { randomAmount, randomHex, randomTransaction } from '../../../testing/evm-transactions.ts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import { readTransaction } from './read-transaction.ts'
import { encodeRlp, type RlpValue } from './rlp.ts'

const secret: Hex = `0x${'11'.repeat(32)}`
const account = privateKeyToAccount(secret)
const chainId = 1_234_567_890

function accessList(prng: Prng) {
  return Array.from({ length: prng.int(0, 3) }, () => ({
    address: randomHex(prng, 20),
    storageKeys: Array.from({ length: prng.int(0, 3) }, () => randomHex(prng, 32)),
  }))
}

async function someTransaction(prng: Prng, type: 0 | 1 | 2 | 4): Promise<TransactionSerializable> {
  const { nonce, to, data, value, gas, ...fees } = randomTransaction(prng)
  const gasPrice = randomAmount(prng, 6)
  const content = { nonce, data, value, gas, chainId, ...(to ? { to } : {}) }
  if (type === 0) return { ...content, type: 'legacy', gasPrice }
  if (type === 1) return { ...content, type: 'eip2930', gasPrice, accessList: accessList(prng) }
  const { maxFeePerGas, maxPriorityFeePerGas } = fees
  const both = { ...content, maxFeePerGas, maxPriorityFeePerGas, accessList: accessList(prng) }
  if (type === 2) return { ...both, type: 'eip1559' }
  const address = randomHex(prng, 20)
  const authorization = await account.signAuthorization({ chainId, address, nonce: 3 })
  return {
    ...{ ...both, type: 'eip7702', to: to ?? address },
    authorizationList: [authorization],
  }
}

/** What is wrong with it. */
function whyNot(raw: string): string {
  try {
    readTransaction(raw, { chainId })
    return 'nothing'
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'TRANSACTION_INVALID', String(error))
    return error.message
  }
}

const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
const bytes = (text: string) => Buffer.from(text, 'hex')

/** Type 2 with these fields in the place of good ones. */
function withFields(changes: Record<number, RlpValue>): Hex {
  const signature = [bytes('01'), bytes('aa'.repeat(32)), bytes('22'.repeat(32))]
  const to = bytes('bb'.repeat(20))
  const fields: RlpValue[] = [
    ...[bytes('499602d2'), bytes('01'), bytes('01'), bytes('02'), bytes('5208')],
    ...[to, bytes(''), bytes(''), [], ...signature],
  ]
  for (const [at, value] of Object.entries(changes)) fields[Number(at)] = value
  return hex(Buffer.concat([Buffer.of(2), encodeRlp(fields)]))
}

describe('readTransaction', () => {
  for (const type of [0, 1, 2, 4] as const) {
    it(`reads what viem signed, of type ${type}`, async () => {
      const prng = testPrng()
      for (let round = 0; round < 25; round++) {
        const said = `seed ${prng.seed}, round ${round}`
        const transaction = await someTransaction(prng, type)
        const raw = await account.signTransaction(transaction)
        const read = readTransaction(raw, { chainId })
        const { nonce, value, gas, to, data = '0x' } = transaction
        const fee = transaction.maxFeePerGas ?? transaction.gasPrice
        assert.deepEqual(
          [read.type, read.hash, read.from, read.nonce, read.value, read.gas, read.input],
          [type, keccak256(raw), account.address, nonce, value, gas, data],
          said,
        )
        assert.deepEqual([read.to, read.maxFeePerGas], [to && getAddress(to), fee], said)
      }
    })

    it(`takes no other bytes for the same one, of type ${type}`, async () => {
      const prng = testPrng()
      const raw = await account.signTransaction(await someTransaction(prng, type))
      const whole = bytes(raw.slice(2))
      for (const { content, said } of cutShort(whole, prng)) {
        assert.notEqual(whyNot(hex(content)), 'nothing', said)
      }
      for (const { content, said } of changedOnTheWay(whole, prng)) {
        // A bit that is flipped may leave a good transaction: of somebody else.
        const read =
          whyNot(hex(content)) === 'nothing' && readTransaction(hex(content), { chainId })
        if (read) assert.notEqual(read.from, account.address, said)
      }
    })
  }
})

describe('what is no transaction for a chain', () => {
  it('is refused with the reason', async () => {
    const content = { nonce: 1, gas: 21_000n, to: account.address, gasPrice: 1n } as const
    const everywhere = await account.signTransaction({ ...content, type: 'legacy' })
    const elsewhere = await account.signTransaction({ ...content, type: 'legacy', chainId: 5 })
    const cases: [string, RegExp][] = [
      [everywhere, /names no chain \(EIP-155\)/],
      [elsewhere, /for the chain 5, and this is 1234567890/],
      ['', /no text of bytes in hex/],
      ['0x', /no text of bytes in hex/],
      ['0xabc', /no text of bytes in hex/],
      ['0x03c0', /blobs \(EIP-4844\)/],
      ['0x05c0', /no type 5/],
      ['0x7f', /no type 127/],
      ['0xc0', /type 0 has 9 fields, this has 0/],
      ['0x0280', /no list of fields/],
      ['0x02f8', /no RLP: at byte 1 a length is not/],
      [`0x${'00'.repeat(131_073)}`, /more than 131072 bytes/],
      [withFields({ 0: [] }), /chainId is no bytes/],
      [withFields({ 1: bytes('0001') }), /nonce is a number with zeros in front/],
      [withFields({ 1: bytes('ffffffffffffffff') }), /nonce has more than 53 bits/],
      [withFields({ 3: bytes('') }), /maxPriorityFeePerGas is more than/],
      [withFields({ 5: bytes('aabb') }), /to has 2 bytes, not 20/],
      [withFields({ 6: bytes('aa'.repeat(33)) }), /value has more than 256 bits/],
      [withFields({ 8: bytes('aa') }), /accessList is no list/],
      [withFields({ 8: [bytes('aa')] }), /entry of accessList is no address/],
      [withFields({ 8: [[bytes('aa'.repeat(20)), [bytes('aa')]]] }), /key of accessList has 1/],
      [withFields({ 8: [[[], []]] }), /list where bytes belong/],
      [withFields({ 9: bytes('02') }), /parity of its signature/],
      [withFields({ 10: bytes('') }), /no key can have made its signature/],
      [withFields({ 11: bytes('ff'.repeat(32)) }), /s is not low/],
      [withFields({ 10: bytes('aa'.repeat(33)) }), /r has more than 256 bits/],
    ]
    for (const [raw, why] of cases) assert.match(whyNot(raw), why, raw.slice(0, 80))
    assert.equal(whyNot(withFields({})), 'nothing')
  })

  it('may be an authorization that is none', async () => {
    const prng = testPrng()
    const raw = await account.signTransaction(await someTransaction(prng, 4))
    assert.equal(whyNot(raw), 'nothing')
    const six = ['01', 'cc'.repeat(20), '', '01', '01', '01'].map(bytes)
    const list = (authorizations: RlpValue) => {
      const head = ['499602d2', '', '01', '02', '5208', 'bb'.repeat(20), '', ''].map(bytes)
      const signature = ['', 'aa'.repeat(32), '22'.repeat(32)].map(bytes)
      return hex(
        Buffer.concat([Buffer.of(4), encodeRlp([...head, [], authorizations, ...signature])]),
      )
    }
    const cases: [RlpValue, RegExp][] = [
      [[], /at least one authorization/],
      [[six.slice(1)], /authorization has six fields/],
      [[[...six.slice(0, 1), bytes('cc'), ...six.slice(2)]], /address of an authorization has 1/],
      [[[...six.slice(0, 5), bytes('00')]], /number of an authorization is a number with zeros/],
    ]
    for (const [authorizations, why] of cases) assert.match(whyNot(list(authorizations)), why)
  })
})
