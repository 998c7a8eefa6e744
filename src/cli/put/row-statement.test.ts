import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { fromUtf8, parseStatement, toHex, utf8 } from '@openbsn/sdk'
import { namedSigner } from '../../testing/named-signer.ts'
import { parseRow, type Row } from '../rows/row.ts'
import { keyOf, rowActId, rowStatement } from './row-statement.ts'

const sha256 = createHash('sha256').update('file').digest()
const input = { name: 'in.json', sha256 }
const row = (text: string, number = 7): Row =>
  parseRow(utf8(text), { file: 'in.json', row: number })
const context = {
  ledger: 'bsn1aa',
  service: 'flights',
  credential: 'cred_1',
  signer: namedSigner('cred_1'),
  clock: { nowSeconds: () => 1_700_000_000 },
  keyField: undefined,
}

describe('rowActId', () => {
  it('is half of SHA-256 over the file and the row number', () => {
    const number = Buffer.from('0000000000000007', 'hex')
    const whole = createHash('sha256')
      .update(Buffer.concat([sha256, number]))
      .digest('hex')
    assert.equal(toHex(rowActId(input, 7)), whole.slice(0, 32))
    assert.notDeepEqual(rowActId(input, 7), rowActId(input, 8))
  })
})

describe('rowStatement', () => {
  it('says who registers what, where', async () => {
    const bytes = await rowStatement(row('{"id": 5}'), input, { ...context, keyField: 'id' })
    const { claims, contentType, payload, kid } = parseStatement(bytes)
    assert.equal(fromUtf8(payload), '{"id":5}')
    assert.equal(contentType, 'application/json')
    assert.equal(kid.length, 32)
    assert.deepEqual(
      { ...claims, cti: toHex(claims.cti ?? new Uint8Array()) },
      {
        iss: 'cred_1',
        sub: 'flights',
        aud: 'bsn1aa',
        iat: 1_700_000_000,
        cti: toHex(rowActId(input, 7)),
        key: '5',
      },
    )
  })

  it('makes equal rows separate acts, and one row the same act always', async () => {
    const actOf = async (number: number) =>
      parseStatement(await rowStatement(row('{}', number), input, context)).claims.cti
    assert.notDeepEqual(await actOf(1), await actOf(2))
    assert.deepEqual(await actOf(1), await actOf(1))
  })
})

describe('keyOf', () => {
  it('takes texts, numbers and truth values', () => {
    assert.equal(keyOf(row('{"k":"a"}'), 'k', 'in'), 'a')
    assert.equal(keyOf(row('{"k":1.5}'), 'k', 'in'), '1.5')
    assert.equal(keyOf(row('{"k":false}'), 'k', 'in'), 'false')
  })

  it('refuses rows without one, and names them', () => {
    for (const text of ['{"a":1}', '[1]', '"k"', 'null', '{"k":null}', '{"k":{}}', '{"k":[1]}']) {
      assert.throws(() => keyOf(row(text), 'k', 'in'), {
        code: 'INPUT_KEY_MISSING',
        message: /^in, row 7: it has no .*"k"\.$/,
      })
    }
    assert.throws(() => keyOf(row('{}'), 'toString', 'in'), { code: 'INPUT_KEY_MISSING' })
  })
})
