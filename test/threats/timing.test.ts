import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { isCodedError, signRequest, toHex } from '@openbsn/sdk'
import { authenticate } from '../../src/gateway/access/authenticate.ts'
import { noBody, type ReceivedRequest } from '../../src/gateway/access/http-signature.ts'
import { Nonces } from '../../src/gateway/access/nonces.ts'
import { StateObjects } from '../../src/gateway/access/state-objects.ts'
import { apiKeyOf, putCredential } from '../../src/testing/access.ts'
import { createMemoryLedger } from '../../src/testing/memory-ledger.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

const now = 1_800_000_000
const rounds = 2000
const attemptsMax = 8
/** What is left out for an unknown one, such as verifying, is more than this of the whole. */
const ratioMax = 1.25

function prepared() {
  const ledger = createMemoryLedger()
  putCredential(ledger, 'c1')
  const nonces = new Nonces({ noncesMax: 1000, perKeyMax: 1000 }, now)
  const deps = { objects: new StateObjects(ledger), environment: 'live', nonces } as const
  const times = { nowSeconds: now, time: now, isOwnAuthority: true }
  const request = { method: 'GET', target: '/x', authority: 'localhost', body: noBody }
  /** How it is refused: code and text, which are all that an answer tells. */
  const refusal = (headers: ReceivedRequest['headers']): string => {
    try {
      authenticate({ ...request, headers }, { ...deps, ...times })
    } catch (error) {
      if (isCodedError(error)) return `${error.code}: ${error.message}`
      throw error
    }
    return 'let in'
  }
  return { refusal }
}

type Headers = Record<string, string>

const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` })
const text = (bytes: number) => randomBytes(bytes).toString('base64url')

/** A key that is in no way known; and one that is nearly that of `c1`. */
const apiKeys = async () => [
  bearer(`live_${text(32)}`),
  bearer(`${apiKeyOf('c1').slice(0, -8)}${text(6)}`),
]

/** A signature of nobody's key; and a wrong one in the name of the key of `c1`. */
async function signatures(): Promise<Headers[]> {
  const request = { method: 'GET', url: 'http://localhost/x' }
  const how = { created: now, nonce: text(9) }
  const headers = await signRequest(request, namedSigner('c1'), how)
  // Random bytes would be refused by their form alone, in most cases.
  const bytes = Buffer.from(/:(.+):/.exec(headers.signature ?? '')?.[1] ?? '', 'base64')
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1)
  const wrong = { ...headers, signature: `sig=:${bytes.toString('base64')}:` }
  const input = headers['signature-input'] ?? ''
  const unknown = input.replace(/keyid="\w+"/, `keyid="${toHex(randomBytes(32))}"`)
  return [{ ...wrong, 'signature-input': unknown }, wrong]
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** How long each of two kinds takes, asked in turns: what else the machine does meets both. */
async function medians(make: () => Promise<Headers[]>, ask: (headers: Headers) => string) {
  const pairs = await Promise.all(Array.from({ length: rounds }, make))
  const taken: [number[], number[]] = [[], []]
  const told = new Set<string>()
  for (const [round, pair] of pairs.entries()) {
    for (const place of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const start = process.hrtime.bigint()
      told.add(ask(pair[place] ?? {}))
      taken[place].push(Number(process.hrtime.bigint() - start))
    }
  }
  return { unknown: median(taken[0]), wrong: median(taken[1]), told: [...told] }
}

/**
 * Not over HTTP: there a request takes ten times as long as verifying, and hides what is looked
 * for. Medians of thousands, in turns; and a leak is there at every attempt, a disturbance is not.
 */
describe('an unknown key and a wrong one', () => {
  for (const [name, make] of Object.entries({ 'API keys': apiKeys, signatures })) {
    it(`are told the same, and take the same time: ${name}`, async (t) => {
      const { refusal } = prepared()
      for (let attempt = 1; ; attempt++) {
        const { unknown, wrong, told } = await medians(make, refusal)
        assert.deepEqual(told, ['CREDENTIAL_UNKNOWN: No credential of this ledger has this key.'])
        const ratio = Math.max(unknown, wrong) / Math.min(unknown, wrong)
        t.diagnostic(`unknown ${unknown} ns, wrong ${wrong} ns`)
        if (ratio < ratioMax) return
        assert.ok(attempt < attemptsMax, `${attemptsMax} times over ${ratioMax}: ${ratio}`)
      }
    })
  }
})
