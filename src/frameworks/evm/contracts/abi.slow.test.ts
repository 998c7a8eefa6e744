import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { Interface, id } from 'ethers'
import type { Hex } from 'viem'
import type { JsonValue } from '../../../kernel/json.ts'
import { decodeEvent, decodeResult, decodeRevert, encodeCall, encodeDeploy } from './abi.ts'
import { readAbi } from './read-abi.ts'

const shop = [
  'constructor(string title, uint256[] sizes)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function order((string title, (uint8 kind, int16 shift)[] parts) order, bytes4 tag)',
  'function pair(uint8[2] pair, bool)',
  'function send(address to)',
  'function send(address to, bytes data)',
  'function many(uint256[] list, string text) returns (uint256 first, string second)',
  'function plain() returns (uint256, address)',
  'function all() returns ((address owner, uint64 time) entry)',
  'function nothing()',
  'event Transfer(address indexed from, address indexed to, uint256 amount)',
  'event Named(string indexed title, string, bytes4 indexed tag)',
  'error Needs(address sender, uint256 balance, string why)',
]
const ethers = new Interface(shop)
/** ethers does not know function pointers. */
const callback = { name: 'callback', type: 'function' }
const call = { type: 'function', name: 'call', inputs: [callback], outputs: [callback] }
const abi = readAbi([...JSON.parse(ethers.formatJson()), call])
const alice = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

/** Code and message of what `make` throws. */
function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return `${error.code} ${error.message}`
  }
  return assert.fail('it was not refused')
}
const refused = (name: string, args: JsonValue) => refusal(() => encodeCall(abi, name, args))

describe('encodeCall', () => {
  it('makes the bytes that ethers makes, from lists and from objects', () => {
    const transfer = ethers.encodeFunctionData('transfer', [alice, 5n])
    assert.equal(encodeCall(abi, 'transfer', [alice, '5']), transfer)
    assert.equal(encodeCall(abi, 'transfer', { amount: 5, to: alice.toLowerCase() }), transfer)
    assert.equal(encodeCall(abi, 'transfer', { amount: '0x5', to: alice }), transfer)
    const order = { title: 'Tea ☕', parts: [{ kind: 1, shift: -2 }, [3, '-32768']] }
    const same = [
      'Tea ☕',
      [
        [1, -2],
        [3, -32768],
      ],
    ]
    assert.equal(
      encodeCall(abi, 'order', { order, tag: '0x01020304' }),
      ethers.encodeFunctionData('order', [same, '0x01020304']),
    )
    const pointer = `0x${'ab'.repeat(24)}`
    const bytes = new Interface(['function call(bytes24 callback)'])
    const data = encodeCall(abi, 'call', [pointer])
    assert.equal(data.slice(10), bytes.encodeFunctionData('call', [pointer]).slice(10))
    assert.equal(data.slice(0, 10), id('call(function)').slice(0, 10))
    assert.equal(decodeResult(abi, 'call', `0x${data.slice(10)}`), pointer)
    assert.equal(encodeCall(abi, 'nothing', undefined), ethers.encodeFunctionData('nothing'))
    assert.equal(encodeCall(abi, 'nothing', {}), encodeCall(abi, 'nothing', []))
    assert.equal(
      encodeCall(abi, 'send(address, bytes)', [alice, '0x']),
      ethers.encodeFunctionData('send(address,bytes)', [alice, '0x']),
    )
  })
})

describe('encodeCall refuses', () => {
  it('unknown functions, with those that there are', () => {
    assert.match(refused('mint', []), /^FUNCTION_UNKNOWN .*"mint".*transfer\(address,uint256\), /)
    assert.match(refused('tranfser', []), /Did you mean transfer\?$/)
    assert.match(refused('send', []), /overloaded.* send\(address\), send\(address,bytes\)/)
    assert.match(refused('__proto__', []), /^FUNCTION_UNKNOWN/)
    assert.match(
      refusal(() => encodeCall([], 'x'.repeat(9999), [])),
      /^FUNCTION_UNKNOWN .{1,200}$/,
    )
  })

  it('what is wrong, with the argument and why', () => {
    const wrong = `${alice.slice(0, -1)}7`
    const cases: [string, JsonValue, RegExp][] = [
      ['transfer', 5, /^ARGUMENT_INVALID args: /],
      ['transfer', [alice], /args: 1 values, where it takes 2: address to, uint256 amount/],
      ['transfer', { to: alice }, /args\.amount: it is missing \(uint256\)/],
      ['transfer', { to: alice, amount: 1, from: 2 }, /args: it has no "from", but to, amount/],
      ['transfer', ['0x12', 1], /args\[0\]: "0x12" is no address/],
      ['transfer', [alice.replace('0xf', '0xF'), 1], /args\[0\]: .* wrong checksum/],
      ['transfer', [wrong, 1], /checksum/],
      ['transfer', { to: alice, amount: '-1' }, /args\.amount: "-1" is out of range: uint256/],
      ['transfer', [alice, 1.5], /args\[1\]: 1\.5 is no uint256/],
      ['transfer', [alice, 2 ** 53], /is no uint256/],
      ['transfer', [alice, '1e18'], /"1e18" is no uint256/],
      ['transfer', [alice, '007'], /is no uint256/],
      ['transfer', [alice, ''], /is no uint256/],
      ['transfer', [alice, null], /is no uint256/],
      ['transfer', [alice, `1${'0'.repeat(78)}`], /is no uint256/],
      ['transfer', [alice, `9${'0'.repeat(77)}`], /out of range/],
      ['pair', { pair: [1, 2] }, /args: not all of these have names/],
      ['pair', [[1, 2, 3], true], /args\[0\]: 3 items, where it has 2/],
      ['pair', [[1, 256], true], /args\[0\]\[1\]: 256 is out of range: uint8 goes from 0 to 255/],
      ['pair', [[1, 2], 'true'], /args\[1\]: "true" is neither/],
      ['order', [['x', [[1, 32768]]], '0x01020304'], /args\[0\]\[1\]\[0\]\[1\]: 32768 is out/],
      ['order', [['x', {}], '0x01020304'], /args\[0\]\[1\]: it is a list/],
      ['order', { order: ['x', []], tag: '0x010203' }, /args\.tag: 3 bytes, where bytes4 has 4/],
      ['order', { order: ['x', []], tag: '0x0102030' }, /is no bytes4/],
      ['order', { order: ['x', []], tag: '01020304' }, /is no bytes4/],
      ['order', { order: ['x', []], tag: '0x0102030g' }, /is no bytes4/],
      ['order', { order: { title: 1, parts: [] }, tag: '0x' }, /args\.order\.title: 1 is no text/],
      ['order', { order: ['\ud800', []], tag: '0x' }, /is no text/],
    ]
    for (const [name, args, message] of cases) assert.match(refused(name, args), message)
  })

  it('too much in one call, in bounded time', () => {
    const started = performance.now()
    const list = Array.from({ length: 100_001 }, () => 1)
    assert.match(refused('many', [list, '']), /args\[0\]\[9999\d\]: more than 100000 values/)
    const text = 'x'.repeat(1024 * 1024 + 1)
    assert.match(refused('many', [[], text]), /args\[1\]: more than 1048576 bytes/)
    assert.match(refused('send(address,bytes)', [alice, `0x${'00'.repeat(2 ** 21)}`]), /bytes in/)
    assert.match(refused('send(address,bytes)', [alice, `0x${'0'.repeat(2 ** 21)}z`]), /is no b/)
    encodeCall(abi, 'many', [list.slice(0, 50_000), text.slice(2)])
    assert.ok(performance.now() - started < 5000)
  })
})

describe('encodeDeploy', () => {
  it('puts the arguments behind the code', () => {
    assert.equal(
      encodeDeploy(abi, '0x6000', { title: 'Tea', sizes: [1, 2] }),
      `0x6000${ethers.encodeDeploy(['Tea', [1, 2]]).slice(2)}`,
    )
    assert.equal(encodeDeploy([], '0x6000', []), '0x6000')
    assert.match(
      refusal(() => encodeDeploy([], '0x6000', [1])),
      /args: 1 values, where it takes 0: none/,
    )
  })

  it('refuses code that is not whole', () => {
    const unlinked: Hex = `0x6000__$${'ab'.repeat(17)}$__00`
    assert.match(
      refusal(() => encodeDeploy([], unlinked, [])),
      /^ARGUMENT_INVALID bytecode: .*libraries/,
    )
    for (const code of ['0x', '0x123', '0xzz'] as Hex[]) {
      assert.match(
        refusal(() => encodeDeploy([], code, [])),
        /^ARGUMENT_INVALID bytecode/,
      )
    }
  })
})

describe('decodeResult', () => {
  const answered = (name: string, values: unknown[]) =>
    decodeResult(abi, name, ethers.encodeFunctionResult(name, values) as Hex)

  it('tells one value as it is, several as an object or a list', () => {
    assert.equal(answered('transfer', [true]), true)
    assert.deepEqual(answered('many', [2n ** 200n, 'ä']), {
      first: String(2n ** 200n),
      second: 'ä',
    })
    assert.deepEqual(answered('plain', [7, alice.toLowerCase()]), ['7', alice])
    assert.deepEqual(answered('all', [[alice, 9]]), { owner: alice, time: '9' })
    assert.equal(decodeResult(abi, 'nothing', '0x'), null)
  })

  it('refuses what is no answer of that function', () => {
    const word = '00'.repeat(31)
    const cases: [string, Hex][] = [
      ['transfer', '0x'],
      ['transfer', '0x01'],
      ['transfer', `0x${word}02`],
      ['many', `0x${word}01`],
      ['many', `0x${word}01${'ff'.repeat(32)}`],
      ['all', `0x${'00'.repeat(32)}${'ff'.repeat(32)}`],
      ['transfer', '0xzz'],
    ]
    for (const [name, data] of cases) {
      assert.match(
        refusal(() => decodeResult(abi, name, data)),
        /^CONTRACT_ANSWER_INVALID/,
      )
    }
  })

  it('stops an answer whose arrays all point to the same bytes', () => {
    const lists = readAbi([
      { name: 'get', inputs: [], outputs: [{ name: '', type: 'uint256[][]' }] },
    ])
    const word = (value: number) => value.toString(16).padStart(64, '0')
    const count = 2000
    const words = [word(32), word(count), ...Array(count).fill(word(32 * count)), word(count)]
    const data: Hex = `0x${words.join('')}${word(1).repeat(count)}`
    assert.match(
      refusal(() => decodeResult(lists, 'get', data)),
      /^CONTRACT_ANSWER_INVALID/,
    )
  })
})

describe('decodeEvent', () => {
  const log = (name: string, values: unknown[]) => {
    const { topics, data } = ethers.encodeEventLog(name, values)
    return { topics: topics as Hex[], data: data as Hex }
  }

  it('tells values by name, and hashes of what is indexed and long', () => {
    const transfer = log('Transfer', [alice, alice.toLowerCase(), 5n])
    assert.deepEqual(decodeEvent(abi, transfer), {
      name: 'Transfer',
      args: { from: alice, to: alice, amount: '5' },
    })
    const named = log('Named', ['Tea', 'green', '0x01020304'])
    assert.deepEqual(decodeEvent(abi, named), {
      name: 'Named',
      args: { title: named.topics[1], 1: 'green', tag: '0x01020304' },
    })
  })

  it('tells nothing of logs that do not fit', () => {
    const { topics, data } = log('Transfer', [alice, alice, 5n])
    const [first = '0x', ...rest] = topics
    assert.equal(decodeEvent(abi, { topics: [], data }), undefined)
    assert.equal(decodeEvent(abi, { topics: [`0x${'11'.repeat(32)}`], data }), undefined)
    assert.equal(decodeEvent(abi, { topics: [first, ...rest, `${data}`], data }), undefined)
    assert.equal(decodeEvent(abi, { topics: [first], data }), undefined)
    assert.equal(decodeEvent(abi, { topics, data: '0x' }), undefined)
    assert.equal(decodeEvent(abi, { topics: [first, '0x', '0x'], data }), undefined)
  })
})

describe('decodeRevert', () => {
  const plain = new Interface(['error Error(string)', 'error Panic(uint256)'])
  const revert = (name: string, values: unknown[]) => plain.encodeErrorResult(name, values) as Hex

  it('says why, in words', () => {
    const needs = ethers.encodeErrorResult('Needs', [alice, 0, 'five "more"']) as Hex
    const told = `Needs(sender: ${alice}, balance: 0, why: "five \\"more\\"")`
    assert.equal(decodeRevert(abi, needs), told)
    assert.equal(decodeRevert(undefined, revert('Error', ['closed'])), 'reverted: closed')
    assert.equal(decodeRevert(abi, revert('Panic', [0x11])), 'Panic 0x11: arithmetic overflow')
    assert.equal(decodeRevert(abi, revert('Panic', [1])), 'Panic 0x01: an assertion does not hold')
    assert.equal(decodeRevert(abi, revert('Panic', [0x99])), 'Panic 0x99: unknown')
  })

  it('never throws, and never says much', () => {
    assert.equal(decodeRevert(abi, '0x'), 'reverted without a reason')
    assert.match(decodeRevert([], '0x12345678'), /0x12345678, an error that the ABI does not have/)
    assert.match(decodeRevert(abi, '0x08c379a0ff'), /0x08c379a0ff/)
    assert.equal(decodeRevert(abi, revert('Error', ['x'.repeat(5000)])).length, 1001)
    assert.match(decodeRevert(abi, `0x4e487b71${'ff'.repeat(31)}`), /an error that/)
  })
})
