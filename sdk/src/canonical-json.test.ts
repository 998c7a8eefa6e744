import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('gives the example of RFC 8785, section 3.2.4', () => {
    const text = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3,
      0.000000000000000000000000001], "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]}`
    const wanted =
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`
    assert.equal(canonicalJson(JSON.parse(text)), wanted)
  })

  it('sorts by UTF-16 code units, as RFC 8785, section 3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']
    const value = Object.fromEntries(names.map((name) => [name, 0]))
    assert.deepEqual(Object.keys(JSON.parse(canonicalJson(value))).sort(), [...names].sort())
    const places = sorted.map((name) => canonicalJson(value).indexOf(JSON.stringify(name)))
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
  })

  it('refuses what JSON cannot carry', () => {
    for (const value of [Number.NaN, Infinity, '\ud800', undefined, 1n, [undefined], { a: NaN }]) {
      assert.throws(() => canonicalJson(value), { code: 'JSON_VALUE_INVALID' })
    }
    assert.equal(canonicalJson(-0), '0')
  })
})
