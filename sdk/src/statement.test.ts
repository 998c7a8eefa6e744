import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName, algorithms } from './algorithms.ts'
import { concat, fromHex, toHex, utf8 } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor, Tagged } from './cbor.ts'
import { CborReader, decodeCbor } from './cbor-reader.ts'
import { thumbprint } from './cose-key.ts'
import { isCodedError } from './errors.ts'
import { limits } from './limits.ts'
import { createSigner } from './signer.ts'
import {
  actContent,
  type Claims,
  encodeBatch,
  isControl,
  parseStatement,
  signStatement,
  sigStructure,
  statementIdentity,
  toTransparentStatement,
} from './statement.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const signer = createSigner(edDsa, new Uint8Array(32).fill(7))
const claims: Claims = { iss: 'c-1', sub: 'flights', aud: 'bsn1aa', iat: 1_760_000_000 }
const everyClaim: Claims = {
  ...claims,
  exp: 1_760_003_600,
  cti: Uint8Array.of(1, 2),
  credential: 'c-2',
  key: 'BA-1234',
}
const input = { contentType: 'application/json', claims, payload: utf8('{"delay":4}') }
const signed = await signStatement(input, signer)
const kid = thumbprint(signer.key)

type Parts = { header?: [number, CborValue][]; claims?: [number, CborValue][] }

/** The members of a good header, each replaced or added to; the signature does not matter here. */
function statement({ header = [], claims: more = [] }: Parts): Uint8Array {
  const claimMap = new Map<number, CborValue>([
    [1, 'c-1'],
    [2, 'flights'],
    [3, 'bsn1aa'],
    [6, 7],
  ])
  for (const [label, value] of more) set(claimMap, label, value)
  const map = new Map<number, CborValue>([
    [1, -8],
    [3, 'text/csv'],
    [4, kid],
    [15, claimMap],
  ])
  for (const [label, value] of header) set(map, label, value)
  return sign1([encodeCbor(map), new Map(), utf8('x'), new Uint8Array(64)])
}

const absent = null
function set(map: CborMap, label: number, value: CborValue): void {
  if (value === absent) map.delete(label)
  else map.set(label, value)
}

function sign1(parts: CborValue[], tag = 18): Uint8Array {
  return encodeCbor(new Tagged(tag, parts))
}

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    parseStatement(bytes)
    return undefined
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    const { field } = error.details
    return field === undefined ? error.code : `${error.code} ${field}`
  }
}

const parts = () => (decodeCbor(signed) as Tagged).value as CborValue[]
const withPart = (place: number, value: CborValue) =>
  sign1(parts().map((part, i) => (i === place ? value : part)))

describe('statement', () => {
  it('reads back what was signed, with every algorithm and every claim', async () => {
    for (const algorithm of algorithms) {
      const one = createSigner(algorithm, new Uint8Array(32).fill(9))
      for (const some of [claims, everyClaim]) {
        const bytes = await signStatement({ ...input, claims: some }, one)
        const read = parseStatement(bytes)
        assert.deepEqual(read.claims, some)
        assert.equal(read.contentType, input.contentType)
        assert.equal(read.algorithm, algorithm)
        assert.deepEqual(read.kid, thumbprint(one.key))
        assert.deepEqual(read.payload, input.payload)
        const message = sigStructure(read.protectedBytes, read.payload)
        assert.ok(algorithm.verify(one.key.raw, message, read.signature))
      }
    }
  })

  it('has just the bytes that are documented', () => {
    const { protectedBytes, payload, signature } = parseStatement(signed)
    const header =
      'a4012703706170706c69636174696f6e2f6a736f6e' + // alg EdDSA, content type
      `045820${toHex(kid)}` +
      '0fa40163632d310267666c69676874730366' + // iss, sub
      '62736e31616106' + // aud
      '1a68e77800' // iat
    assert.equal(toHex(protectedBytes), header)
    const bytes = `58${(header.length / 2).toString(16)}${header}`
    const content = `4b${toHex(payload)}`
    assert.equal(toHex(signed), `d284${bytes}a0${content}5840${toHex(signature)}`)
    const message = `846a5369676e617475726531${bytes}40${content}`
    assert.equal(toHex(sigStructure(protectedBytes, payload)), message)
  })

  it('is read as views on the bytes that were given', () => {
    assert.equal(parseStatement(signed).payload.buffer, signed.buffer)
  })
})

describe('statement of another form', () => {
  it('refuses another tag, and another shape', () => {
    for (const tag of [17, 98, 61]) assert.equal(codeOf(sign1(parts(), tag)), 'STATEMENT_WRONG_TAG')
    assert.equal(codeOf(encodeCbor(parts())), 'STATEMENT_WRONG_TAG')
    assert.equal(codeOf(new Uint8Array(0)), 'STATEMENT_WRONG_TAG')
    assert.equal(codeOf(concat(fromHex('d9d9f7') ?? assert.fail(), signed)), 'STATEMENT_WRONG_TAG')
    assert.equal(codeOf(sign1(parts().slice(1))), 'CBOR_MALFORMED')
    assert.equal(codeOf(sign1([...parts(), 1])), 'CBOR_MALFORMED')
    assert.equal(codeOf(concat(signed, Uint8Array.of(0))), 'CBOR_TRAILING_BYTES')
    assert.equal(codeOf(withPart(2, null)), 'CBOR_MALFORMED')
  })

  it('refuses any unprotected header', () => {
    assert.equal(codeOf(withPart(1, new Map([[4, kid]]))), 'STATEMENT_UNPROTECTED')
    assert.equal(codeOf(toTransparentStatement(signed, kid)), 'STATEMENT_UNPROTECTED')
    assert.equal(codeOf(withPart(1, [])), 'CBOR_MALFORMED')
  })

  it('refuses a payload above the limit', () => {
    const largest = new Uint8Array(limits.payloadBytesMax)
    assert.equal(codeOf(withPart(2, largest)), undefined)
    const larger = new Uint8Array(limits.payloadBytesMax + 1)
    assert.equal(codeOf(withPart(2, larger)), 'STATEMENT_PAYLOAD_TOO_LARGE')
  })

  it('refuses an unknown algorithm', () => {
    for (const id of [-35, -257, 0, 5]) {
      assert.equal(codeOf(statement({ header: [[1, id]] })), 'ALGORITHM_UNKNOWN')
    }
    assert.equal(codeOf(statement({ header: [[1, 'EdDSA']] })), 'CBOR_MALFORMED')
  })

  it('refuses unknown members of the header and of the claims', () => {
    for (const label of [2, 5, 16, 33, 394, -1]) {
      const code = `STATEMENT_UNKNOWN_FIELD ${label}`
      assert.equal(codeOf(statement({ header: [[label, 1]] })), code)
    }
    for (const label of [5, 8, -65536, -65539]) {
      assert.equal(codeOf(statement({ claims: [[label, 1]] })), `STATEMENT_UNKNOWN_FIELD ${label}`)
    }
    const proto = encodeCbor(
      new Map<number | string, CborValue>([
        [1, -8],
        ['__proto__', 1],
      ]),
    )
    assert.equal(codeOf(withPart(0, proto)), 'STATEMENT_UNKNOWN_FIELD __proto__')
  })
})

describe('fields of a statement', () => {
  it('names the field that is missing or of a wrong form', () => {
    const long = 'x'.repeat(limits.nameBytesMax + 1)
    const wrong: [string, Parts][] = [
      ['alg', { header: [[1, absent]] }],
      ['content type', { header: [[3, absent]] }],
      ['content type', { header: [[3, '']] }],
      ['content type', { header: [[3, long]] }],
      ['kid', { header: [[4, absent]] }],
      ['kid', { header: [[4, kid.subarray(0, 16)]] }],
      ['CWT claims', { header: [[15, absent]] }],
      ['iss', { claims: [[1, absent]] }],
      ['iss', { claims: [[1, '']] }],
      ['iss', { claims: [[1, long]] }],
      ['sub', { claims: [[2, absent]] }],
      ['sub', { claims: [[2, long]] }],
      ['aud', { claims: [[3, absent]] }],
      ['aud', { claims: [[3, long]] }],
      ['iat', { claims: [[6, absent]] }],
      ['cti', { claims: [[7, new Uint8Array(0)]] }],
      ['cti', { claims: [[7, new Uint8Array(limits.actIdBytesMax + 1)]] }],
      ['credential', { claims: [[-65537, '']] }],
      ['key', { claims: [[-65538, 'x'.repeat(limits.recordKeyBytesMax + 1)]] }],
    ]
    for (const [field, change] of wrong) {
      assert.equal(codeOf(statement(change)), `STATEMENT_FIELD_INVALID ${field}`)
    }
    assert.equal(codeOf(withPart(3, new Uint8Array(63))), 'STATEMENT_FIELD_INVALID signature')
    assert.equal(codeOf(withPart(3, new Uint8Array(71))), 'STATEMENT_FIELD_INVALID signature')
  })

  it('counts a name by its bytes, up to the last one that is allowed', () => {
    const longest = 'x'.repeat(limits.nameBytesMax)
    const wide = '水'.repeat(Math.ceil((limits.nameBytesMax + 1) / 3))
    assert.equal(codeOf(statement({ header: [[3, longest]], claims: [[1, longest]] })), undefined)
    assert.equal(codeOf(statement({ claims: [[1, wide]] })), 'STATEMENT_FIELD_INVALID iss')
    const key = 'x'.repeat(limits.recordKeyBytesMax)
    const most = statement({
      claims: [
        [7, new Uint8Array(limits.actIdBytesMax)],
        [-65538, key],
      ],
    })
    assert.equal(codeOf(most), undefined)
  })

  it('refuses wrong types in the header', () => {
    const wrong: Parts[] = [
      { header: [[3, 5]] },
      { header: [[4, 'kid']] },
      { header: [[15, []]] },
      { claims: [[1, 1]] },
      { claims: [[1, Uint8Array.of(97)]] },
      { claims: [[6, -1]] },
      { claims: [[6, '7']] },
      { claims: [[4, -5]] },
      { claims: [[7, 'text']] },
    ]
    for (const change of wrong) assert.equal(codeOf(statement(change)), 'CBOR_MALFORMED')
  })
})

describe('statement in other encodings', () => {
  const reencoded = (header: string) => withPart(0, fromHex(header) ?? assert.fail(header))
  const claimsHex = toHex(
    encodeCbor(
      new Map<number, CborValue>([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
        [6, 7],
      ]),
    ),
  )
  const kidHex = `045820${toHex(kid)}`

  it('takes the deterministic one', () => {
    assert.equal(codeOf(reencoded(`a40127036161${kidHex}0f${claimsHex}`)), undefined)
  })

  it('refuses every other one, with its code', () => {
    const cases: [string, string][] = [
      ['CBOR_NOT_DETERMINISTIC', `a4036161${'0127'}${kidHex}0f${claimsHex}`],
      ['CBOR_NOT_DETERMINISTIC', `a401380703${'6161'}${kidHex}0f${claimsHex}`],
      ['CBOR_NOT_DETERMINISTIC', `b80401270361${'61'}${kidHex}0f${claimsHex}`],
      ['CBOR_NOT_DETERMINISTIC', `bf0127036161${kidHex}0f${claimsHex}ff`],
      ['CBOR_NOT_DETERMINISTIC', `a40127037f6161ff${kidHex}0f${claimsHex}`],
      ['CBOR_NOT_DETERMINISTIC', `a40127036161${kidHex}180f${claimsHex}`],
      ['CBOR_DUPLICATE_KEY', `a501270127036161${kidHex}0f${claimsHex}`],
      ['CBOR_DUPLICATE_KEY', `a40127036161${kidHex}0fa5016161016161026162036163${'0607'}`],
      ['CBOR_NOT_DETERMINISTIC', `a40127036161${kidHex}0fa4026162016161036163${'0607'}`],
      ['CBOR_MALFORMED', `a40127036161${kidHex}0fa40161ff026162036163${'0607'}`],
      ['CBOR_TRAILING_BYTES', `a40127036161${kidHex}0f${claimsHex}00`],
      ['CBOR_MALFORMED', `a50127036161${kidHex}0f${claimsHex}`],
    ]
    for (const [code, header] of cases) assert.equal(codeOf(reencoded(header)), code, header)
    const text = toHex(signed)
    const longTag = fromHex(`d812${text.slice(2)}`) ?? assert.fail()
    assert.equal(codeOf(longTag), 'STATEMENT_WRONG_TAG')
    const longArray = fromHex(`d29804${text.slice(4)}`) ?? assert.fail()
    assert.equal(codeOf(longArray), 'CBOR_NOT_DETERMINISTIC')
  })

  it('refuses every statement that is cut short', () => {
    for (let length = 1; length < signed.length; length++) {
      assert.equal(codeOf(signed.subarray(0, length)), 'CBOR_MALFORMED', `${length} bytes`)
    }
  })
})

describe('statementIdentity', () => {
  const identity = async (change: Partial<Claims>, payload = input.payload, by = signer) => {
    const bytes = await signStatement({ ...input, claims: { ...claims, ...change }, payload }, by)
    return toHex(statementIdentity(parseStatement(bytes)))
  }
  const cti = Uint8Array.of(1)

  it('without cti is everything that is signed', async () => {
    assert.equal(await identity({}), await identity({}))
    assert.notEqual(await identity({}), await identity({ iat: 1 }))
    assert.notEqual(await identity({}), await identity({}, utf8('other')))
  })

  it('with cti is aud, sub, the credential or key owner, and cti', async () => {
    const first = await identity({ cti })
    const rotated = createSigner(edDsa, new Uint8Array(32).fill(8))
    assert.equal(first, await identity({ cti, iat: 1, key: 'other' }, utf8('other'), rotated))
    const changes = [{ aud: 'x' }, { sub: 'x' }, { iss: 'x' }, { credential: 'x' }]
    const others = [...changes, { cti: Uint8Array.of(2) }]
    for (const change of others) assert.notEqual(first, await identity({ cti, ...change }))
    const acting = await identity({ cti, iss: 'node', credential: 'c-1' })
    assert.equal(acting, first, 'a city node that acts for the credential does the same act')
  })

  it('leaves conflicts to actContent: content type, key and payload', async () => {
    const content = async (change: Partial<Claims>, payload = input.payload) =>
      toHex(
        actContent(
          parseStatement(
            await signStatement({ ...input, claims: { ...claims, ...change }, payload }, signer),
          ),
        ),
      )
    assert.equal(await content({ cti }), await content({ cti, iat: 1 }))
    assert.notEqual(await content({ cti }), await content({ cti, key: 'k' }))
    assert.notEqual(await content({ cti }), await content({ cti }, utf8('other')))
  })
})

describe('statement, further', () => {
  it('is a control statement by its sub alone', () => {
    assert.ok(isControl({ claims: { ...claims, sub: 'bsn:keys' } }))
    for (const sub of ['bsn', 'flights', 'xbsn:keys']) {
      assert.ok(!isControl({ claims: { ...claims, sub } }))
    }
  })

  it('carries a receipt as RFC 9942 says, and is otherwise the same', () => {
    const [header, unprotected, ...rest] = (
      decodeCbor(toTransparentStatement(signed, Uint8Array.of(9))) as Tagged
    ).value as CborValue[]
    assert.deepEqual(unprotected, new Map([[394, [Uint8Array.of(9)]]]))
    assert.deepEqual([header, new Map(), ...rest], parts())
  })

  it('goes into a batch as a sequence of byte strings (RFC 8742)', () => {
    const reader = new CborReader(encodeBatch([signed, Uint8Array.of(1)]))
    assert.deepEqual(reader.readBytes(), signed)
    assert.deepEqual(reader.readBytes(), Uint8Array.of(1))
    reader.end()
  })
})
