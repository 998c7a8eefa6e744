import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDictionary, serializeInnerList, Token } from './structured-fields.ts'

describe('a dictionary of structured fields', () => {
  it('is read with every kind of value', () => {
    const read = parseDictionary(
      '  a=1, b=-23;x;y="q\\"\\\\" ,\tc="text", d=:aGk=:, e, f=?0, ' +
        '*g=tok/en:1;z=?1, h=("a";k "b" )',
    )
    assert.ok(read)
    assert.deepEqual([...read.keys()], ['a', 'b', 'c', 'd', 'e', 'f', '*g', 'h'])
    const value = (key: string) => {
      const member = read.get(key)
      return member && 'value' in member ? member.value : undefined
    }
    assert.deepEqual(['a', 'b', 'c', 'd', 'e', 'f', '*g'].map(value), [
      1,
      -23,
      'text',
      new Uint8Array([104, 105]),
      true,
      false,
      new Token('tok/en:1'),
    ])
    const params = read.get('b')?.params
    assert.deepEqual(
      [...(params ?? [])],
      [
        ['x', true],
        ['y', 'q"\\'],
      ],
    )
    assert.deepEqual(parseDictionary(''), new Map())
  })

  it('gives an inner list back as every signer writes it', () => {
    const text = '("@method" "a\\"b";req);created=1;nonce="x";t=tok;b=:aGk=:;no=?0;yes'
    const read = parseDictionary(`sig=${text}`)?.get('sig')
    assert.ok(read && 'items' in read)
    assert.equal(serializeInnerList(read), text)
    const loose = parseDictionary('sig=(  "a"   "b" );  x=?1')?.get('sig')
    assert.ok(loose && 'items' in loose)
    assert.equal(serializeInnerList(loose), '("a" "b");x')
  })

  it('is nothing where one letter is wrong', () => {
    const broken = [
      ...['a=1,', ',a=1', 'a=1,,b=2', 'a=1 b=2', 'A=1', '1=1', '=1', 'a=', 'a =1', 'a= 1'],
      ...['a=1, a=2', 'a=1;x;x', 'a;x=1;x=2', 'a=1.5', 'a=1e3', 'a=+1', 'a=1234567890123456'],
      ...['a="', 'a="x', 'a="\\n"', 'a="\u00e9"', 'a="\n"', "a='x'", 'a=@1', 'a=%"x"', 'a=?2'],
      ...['a=:aGk:', 'a=:aGl=:', 'a=:a:', 'a=:aGk=', 'a=:-_==:', 'a=: aGk=:'],
      ...['a=(', 'a=("x"', 'a=("x""y")', 'a=("x",)', 'a=)', 'a=(("x"))', '\ta=1', 'a=1;X=1'],
    ]
    for (const text of broken) assert.equal(parseDictionary(text), undefined, text)
    const many = Array.from({ length: 40 }, (_, i) => `k${i}`)
    assert.equal(parseDictionary(many.join(',')), undefined)
    assert.equal(parseDictionary(`a;${many.join(';')}`), undefined)
    assert.equal(parseDictionary(`a=(${many.join(' ')})`), undefined)
  })

  it('takes no longer for what is made to take long', () => {
    const start = performance.now()
    for (const part of ['"', ':A', '\\', 'a;', 'a,', '(', ' ', '=?']) {
      parseDictionary(`a=${part.repeat(16_384 / part.length)}`)
    }
    assert.ok(performance.now() - start < 200)
  })
})
