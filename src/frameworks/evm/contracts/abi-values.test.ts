import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { Interface } from 'ethers'
import type { Hex } from 'viem'
import { getAddress } from 'viem/utils'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import { decodeResult, encodeCall } from './abi.ts'
import { boundsOf } from './abi-values.ts'
import { clientOf } from './client-text.ts'
import { openapiOf } from './describe.ts'
import { readAbi } from './read-abi.ts'

type Parameter = { name: string; type: string; components?: Parameter[] }

const rounds = 100

function randomParameter(prng: Prng, name: string, depth = 0): Parameter {
  const dimensions = depth < 3 && prng.int(0, 3) === 0 ? prng.int(1, 2) : 0
  const suffix = Array.from({ length: dimensions }, () =>
    prng.int(0, 1) === 0 ? '[]' : `[${prng.int(1, 3)}]`,
  ).join('')
  if (depth < 3 && prng.int(0, 4) === 0) {
    return { name, type: `tuple${suffix}`, components: randomParameters(prng, depth + 1) }
  }
  const base = [
    `uint${8 * prng.int(1, 32)}`,
    `int${8 * prng.int(1, 32)}`,
    `bytes${prng.int(1, 32)}`,
    'bytes',
    'string',
    'bool',
    'address',
  ][prng.int(0, 6)]
  return { name, type: `${base}${suffix}` }
}

/** One or more; now and then one has no name. */
function randomParameters(prng: Prng, depth = 0): Parameter[] {
  return Array.from({ length: prng.int(1, 4) }, (_, i) =>
    randomParameter(prng, prng.int(0, 9) === 0 ? '' : `member${i}`, depth),
  )
}

function randomHex(prng: Prng, size: number): Hex {
  return `0x${Buffer.from(Array.from({ length: size }, () => prng.int(0, 255))).toString('hex')}`
}

function randomInteger(prng: Prng, type: string): string {
  const { least, most } = boundsOf(type)
  const choice = prng.int(0, 3)
  if (choice === 0) return String(least)
  if (choice === 1) return String(most)
  return String(least + (BigInt(randomHex(prng, 32)) % (most - least + 1n)))
}

/** As it is answered, so that it can be compared. */
function randomValue(prng: Prng, { type, components }: Parameter): JsonValue {
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array) {
    const item = { name: '', type: array[1] ?? '', ...(components ? { components } : {}) }
    const length = array[2] ? Number(array[2]) : prng.int(0, 3)
    return Array.from({ length }, () => randomValue(prng, item))
  }
  if (components) return randomMembers(prng, components)
  if (type === 'bool') return prng.int(0, 1) === 1
  if (type === 'address') return getAddress(randomHex(prng, 20))
  if (type === 'string')
    return ['', 'Tea', 'ß☕🫖', 'x'.repeat(prng.int(30, 70))][prng.int(0, 3)] ?? ''
  if (type.includes('int')) return randomInteger(prng, type)
  return randomHex(prng, Number(type.slice(5)) || prng.int(0, 70))
}

function randomMembers(prng: Prng, parameters: Parameter[]): JsonObject | JsonValue[] {
  const values = parameters.map((one) => randomValue(prng, one))
  if (parameters.some(({ name }) => name === '')) return values
  return Object.fromEntries(parameters.map(({ name }, i) => [name, values[i] ?? null]))
}

/** The same value with something else at one place of it. */
function disturbed(prng: Prng, value: JsonValue): JsonValue {
  const others = [null, true, -1, 2 ** 60, '', '0x', '\ud800', '__proto__', 'uint7[]', [], {}, [[]]]
  if (typeof value !== 'object' || value === null || prng.int(0, 5) === 0) {
    return others[prng.int(0, others.length - 1)] ?? null
  }
  const copy = structuredClone(value)
  const keys = Object.keys(copy)
  const key = keys[prng.int(0, keys.length - 1)]
  if (key === undefined) return null
  const members = copy as JsonObject
  members[key] = disturbed(prng, members[key] ?? null)
  return copy
}

/** ethers takes tuples as lists. */
function listsOf(parameters: Parameter[], value: JsonValue): unknown[] {
  const members = Array.isArray(value) ? value : Object.values(value as JsonObject)
  return parameters.map((one, i) => listOf(one, members[i] ?? null))
}
function listOf({ type, components }: Parameter, value: JsonValue): unknown {
  if (!components) return value
  if (!type.endsWith(']')) return listsOf(components, value)
  const item = { name: '', type: type.replace(/\[\d*\]$/, ''), components }
  return (value as JsonValue[]).map((one) => listOf(item, one))
}

describe('JSON values', () => {
  it('of any types are the same after they were bytes, and the bytes are those of ethers', () => {
    const prng = testPrng()
    for (let round = 0; round < rounds; round++) {
      const inputs = randomParameters(prng)
      const json = [{ type: 'function', name: 'echo', inputs, outputs: inputs }]
      const value = randomMembers(prng, inputs)
      const where = `seed ${prng.seed}, round ${round}: ${JSON.stringify({ inputs, value })}`
      const abi = readAbi(json)
      const data = encodeCall(abi, 'echo', value)
      const ethers = new Interface(json).encodeFunctionData('echo', listsOf(inputs, value))
      assert.equal(data, ethers, where)
      const answer = decodeResult(abi, 'echo', `0x${data.slice(10)}`)
      const [single] = Object.values(value)
      assert.deepEqual(answer, inputs.length === 1 ? single : value, where)
    }
  })

  it('of any other kind are refused with a code, and so are ABIs', () => {
    const prng = testPrng()
    let refused = 0
    for (let round = 0; round < 3 * rounds; round++) {
      const inputs = randomParameters(prng)
      const json = [{ type: 'function', name: 'echo', inputs, outputs: inputs }]
      const where = `seed ${prng.seed}, round ${round}`
      const args = disturbed(prng, randomMembers(prng, inputs))
      const abi = disturbed(prng, json as unknown as JsonValue)
      for (const [one, given] of [
        [json as unknown as JsonValue, args],
        [abi, args],
      ] as const) {
        try {
          const read = readAbi(one)
          openapiOf({ title: 'x', abi: read, base: '/x' })
          clientOf({ name: 'x', abi: read, base: '/x' })
          encodeCall(read, 'echo', given)
        } catch (error) {
          refused++
          assert.ok(isCodedError(error), `${where}: ${error}`)
        }
      }
    }
    assert.ok(refused > rounds, `seed ${prng.seed}: ${refused}`)
  })

  it('that are cut or changed give a coded error, or other values', () => {
    const prng = testPrng()
    for (let round = 0; round < rounds; round++) {
      const outputs = randomParameters(prng)
      const abi = readAbi([{ type: 'function', name: 'echo', inputs: outputs, outputs }])
      const bytes = Buffer.from(
        encodeCall(abi, 'echo', randomMembers(prng, outputs)).slice(10),
        'hex',
      )
      const place = prng.int(0, bytes.length - 1)
      const broken = prng.int(0, 1) === 0 ? bytes.subarray(0, place) : Buffer.from(bytes)
      if (broken.length > place) broken[place] = (broken[place] ?? 0) ^ (1 << prng.int(0, 7))
      try {
        decodeResult(abi, 'echo', `0x${broken.toString('hex')}`)
      } catch (error) {
        const where = `seed ${prng.seed}, round ${round}`
        assert.equal((error as { code?: string }).code, 'CONTRACT_ANSWER_INVALID', where)
      }
    }
  })
})
