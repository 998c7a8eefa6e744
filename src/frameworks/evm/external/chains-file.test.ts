import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readChainsFile } from './chains-file.ts'

const read = (value: unknown) => readChainsFile('chains.json', JSON.stringify(value))
const upstreams = [{ url: 'https://rpc.example/v1/key', ws: 'wss://rpc.example/ws' }]

describe('readChainsFile', () => {
  it('takes chains by the service that each is for', () => {
    const headers = { authorization: 'Bearer x' }
    const inner = { url: 'http://10.0.0.1:8545', headers, mayBePrivate: true }
    const rest = [{ url: 'http://10.0.0.1:1317/v1', headers, mayBePrivate: true }]
    const rest2 = [{ url: 'https://rest.example' }, { url: 'https://rest.example/' }]
    const main = { chainId: 1, finalDepth: 12, upstreams: [...upstreams, inner], rest, rest2 }
    const file = { chains: { main } }
    assert.deepEqual(JSON.parse(JSON.stringify(read(file))), file)
  })

  it('refuses what is wrong in it, all together, and what is no JSON', () => {
    const bad = { Main: { chainId: 1, upstreams }, a1: { chainId: 0, upstreams: [], x: 1 } }
    assert.throws(
      () => read({ chains: bad }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CHAINS_FILE_INVALID')
        assert.match(error.message, /^chains\.json: .*; .*; /)
        return true
      },
    )
    for (const url of ['file:///etc/passwd', 'https://user@x', 'https://x#y', 'ftp://x', '']) {
      const one = { chains: { main: { chainId: 1, upstreams: [{ url }] } } }
      assert.throws(() => read(one), { code: 'CHAINS_FILE_INVALID' }, url)
    }
    for (const one of [
      { url: 'https://x?a' },
      { url: 'wss://x' },
      { url: 'https://x', ws: 'wss://x' },
    ]) {
      const rest = { chains: { main: { chainId: 1, upstreams, rest: [one] } } }
      assert.throws(() => read(rest), { code: 'CHAINS_FILE_INVALID' }, one.url)
    }
    assert.throws(() => readChainsFile('f', '{'), { code: 'CHAINS_FILE_INVALID' })
  })
})
