import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, CodedError } from '@openbsn/sdk'
import { find, findSoon, looksFor } from './find.ts'

const kid = 'ab'.repeat(32)
const flights = [{ id: 'flights' }, { id: 'flights-old' }]
/** Of a chain, and of a channel of Fabric. */
const transactions: Readonly<Record<string, string>> = {
  'flights-old': `0x${kid}`,
  trade: 'cd'.repeat(32),
}

/** Answers as a gateway with 10 entries in 4 blocks does; `keys` are in its state. */
function client(keys: readonly string[]): Client {
  return {
    info: async () => ({ size: 10, height: 4 }),
    state: async (key: string) => ({ key, value: keys.includes(key) ? 'oA' : null }),
    services: async ({ framework }: { framework?: string } = {}) => ({
      services: framework === 'fabric' ? [{ id: 'trade' }] : flights,
    }),
    contracts: (service: string) => ({
      transaction: async (hash: string) =>
        hash === transactions[service] ? {} : Promise.reject(new TypeError('not there')),
    }),
  } as unknown as Client
}

const found = async (text: string, ...keys: string[]) =>
  (await find(client(keys), text)).map(({ kind, name }) => `${kind} ${name}`)

describe('search', () => {
  it('takes a number for an entry and a block, as far as they are there', async () => {
    assert.deepEqual(await found('3'), ['entry 3', 'block 3'])
    assert.deepEqual(await found('#9'), ['entry 9'])
    assert.deepEqual(await found('10'), [])
    assert.deepEqual(await found(`bsn1${'0'.repeat(40)}-2`), ['entry 2', 'block 2'])
  })

  it('finds what has a name in the state', async () => {
    const keys = ['service/flights', 'node/flights', 'credential/flights']
    assert.deepEqual(await found(' FLIGHTS ', ...keys), [
      'service flights',
      'node flights',
      'credential flights',
      'service flights-old',
    ])
    assert.deepEqual(await found('old'), ['service flights-old'])
  })

  it('takes 64 hex digits for a key or a transaction', async () => {
    assert.deepEqual(await found(kid, `key/${kid}`), [`key ${kid}`, `transaction 0x${kid}`])
    assert.deepEqual(await found(`0x${'cd'.repeat(32)}`), [`transaction ${'cd'.repeat(32)}`])
  })

  it('finds what else there is where one look is refused', async () => {
    const refusing = (code: string) => async () => {
      throw new CodedError(code, 'no')
    }
    const one = { ...client(['node/flights']), services: refusing('FORBIDDEN') } as Client
    assert.deepEqual(
      (await find(one, 'flights')).map(({ kind }) => kind),
      ['node'],
    )
    const unreachable = refusing('GATEWAY_UNREACHABLE')
    const away = { ...client([]), state: unreachable, services: unreachable } as Client
    await assert.rejects(find(away, 'flights'), { code: 'GATEWAY_UNREACHABLE' })
  })

  it('asks for nothing that somebody typed on from', async () => {
    let asked = 0
    const services = async () => {
      asked++
      return { services: [] }
    }
    const counting = { ...client([]), services } as unknown as Client
    const stop = new AbortController()
    const early = findSoon(counting, 'fli', stop.signal)
    stop.abort()
    await assert.rejects(early, { name: 'AbortError' })
    assert.deepEqual(
      [await findSoon(counting, 'flights', new AbortController().signal), asked],
      [[], 1],
    )
  })

  it('looks for nothing where a text can name nothing', () => {
    for (const text of ['', '<script>', 'a b', '../x']) assert.deepEqual(looksFor(text), [])
  })
})
