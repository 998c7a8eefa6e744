import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from './bytes.ts'
import { type CborErrorCode, type CborMap, encodeCbor, Tagged } from './cbor.ts'
import { CborReader, decodeCbor } from './cbor-reader.ts'
import { isCodedError } from './errors.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(`not hex: ${text}`)

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    decodeCbor(bytes)
    return undefined
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return error.code
  }
}

/** By code; RFC 8949, appendices A and F, and our own bounds. */
const refused: Record<CborErrorCode, string> = {
  CBOR_MALFORMED:
    '18 19 1900 1a 1b 41 5818ff 61 62e6b0 61ff 62c0af 63eda080 81 8201 a1 a101 a2010103 ' +
    'c0 1c 1d 1e 3c 5d 7e 9c bd dc fc fe ff 1f 3f df 5bffffffffff 81ff a1ff 8201 a10161',
  CBOR_NOT_DETERMINISTIC:
    '1800 1817 1900ff 1a0000ffff 1b00000000ffffffff 3800 5800 580161 7800 ' +
    '9800 980101 b800 b8010101 d81201 5f42010243030405ff 7f657374726561646d696e67ff 9fff bfff ' +
    '9f018202039f0405ffff a202010101 a26161010102 a2200101ff a2626161016162ff',
  CBOR_DUPLICATE_KEY: 'a201010102 a2616101616102 a3010101020103 a2200120ff',
  CBOR_UNSUPPORTED:
    'f90000 f93c00 fa47c35000 fb3ff199999999999a f97e00 f7 f0 e0 f8ff f820 ' +
    '1b0020000000000000 1bffffffffffffffff 3b001fffffffffffff 3bffffffffffffffff ' +
    'a1400100 a18001 a1f401 a1c00101 a1f97e0001',
  CBOR_TOO_DEEP: `${'81'.repeat(17)}01 ${'a101'.repeat(17)}01 ${'c1'.repeat(17)}01`,
  CBOR_TRAILING_BYTES: '0000 01ff 8000 6000 a0a0',
}

describe('CborReader', () => {
  it('refuses with the documented codes', () => {
    for (const [code, list] of Object.entries(refused)) {
      for (const text of list.split(' ')) {
        assert.equal(codeOf(hex(text)), code, `${code} ${text}`)
      }
    }
  })

  it('refuses no bytes at all', () => assert.equal(codeOf(hex('')), 'CBOR_MALFORMED'))

  it('reads sixteen levels, whatever they are made of', () => {
    for (const level of ['81', 'a101', 'c1'])
      assert.equal(codeOf(hex(`${level.repeat(16)}01`)), undefined)
  })

  it('names the place', () => {
    const place = { code: 'CBOR_NOT_DETERMINISTIC', details: { offset: 2 } }
    assert.throws(() => decodeCbor(hex('8201180102')), place)
  })

  it('refuses every item that is cut short', () => {
    const whole = encodeCbor(
      new Tagged(18, [hex('0102'), new Map([['key', ['ü', -70_000]]]) as CborMap, null, 1e12]),
    )
    for (let length = 0; length < whole.length; length++) {
      assert.equal(codeOf(whole.subarray(0, length)), 'CBOR_MALFORMED', `cut to ${length} bytes`)
    }
    assert.equal(codeOf(whole), undefined)
  })

  it('stops at once where more is announced than can follow', () => {
    const bombs = [
      '5b001fffffffffffff',
      '7b001fffffffffffff',
      '9b001fffffffffffff00',
      'bb001fffffffffffff0000',
    ]
    for (const bomb of bombs) assert.equal(codeOf(hex(bomb)), 'CBOR_MALFORMED', bomb)
    assert.equal(codeOf(hex('81'.repeat(1_000_000))), 'CBOR_TOO_DEEP')
    assert.equal(codeOf(hex(`9a000f4240${'80'.repeat(1000)}`)), 'CBOR_MALFORMED')
  })

  it('does not take __proto__ for more than a name', () => {
    const read = decodeCbor(encodeCbor(new Map([['__proto__', 1]])))
    assert.ok(read instanceof Map)
    assert.equal(read.get('__proto__'), 1)
    assert.equal(Object.getPrototypeOf(read), Map.prototype)
  })

  it('gives a caller what it asks for, or refuses', () => {
    const wrong = { code: 'CBOR_MALFORMED' }
    assert.equal(new CborReader(hex('d2')).readTag(), 18)
    assert.throws(() => new CborReader(hex('01')).readTag(), wrong)
    assert.throws(() => new CborReader(hex('a0')).readArrayLength(), wrong)
    assert.throws(() => new CborReader(hex('80')).readMapLength(), wrong)
    assert.throws(() => new CborReader(hex('20')).readUnsigned(), wrong)
    assert.equal(new CborReader(hex('20')).readInteger(), -1)
    assert.throws(() => new CborReader(hex('40')).readInteger(), wrong)
    assert.throws(() => new CborReader(hex('60')).readBytes(), wrong)
    assert.throws(() => new CborReader(hex('40')).readText(), wrong)
    assert.throws(() => new CborReader(hex('f5')).readNull(), wrong)
    assert.throws(() => new CborReader(hex('40')).readKey(), { code: 'CBOR_UNSUPPORTED' })
    assert.deepEqual(new CborReader(hex('62c3bc')).readTextBytes(), hex('c3bc'))
  })

  it('hands out values that share nothing with the input', () => {
    const input = hex('4101')
    const value = decodeCbor(input)
    input.fill(0)
    assert.deepEqual(value, hex('01'))
  })
})
