import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256, toHex, utf8 } from '@openbsn/sdk'
import type { InjectOptions } from 'fastify'
import {
  accessProbe,
  apiKeyOf,
  putCredential,
  putObject,
  putService,
} from '../../testing/access.ts'
import type { Scope } from './access.ts'

type Probe = Awaited<ReturnType<typeof accessProbe>>
type Answer = {
  statusCode: number
  headers: object
  json(): { code?: string; credential?: string }
}

const told = (answer: Answer) => {
  const { code, credential } = answer.json()
  return code ?? `${answer.statusCode} ${credential}`
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const ask = ({ app, path }: Probe, id: string, how: InjectOptions & { url?: string } = {}) =>
  app.inject({ method: 'POST', url: path(), headers: bearer(apiKeyOf(id)), ...how })

describe('an API key', () => {
  it('lets its credential in, and no other text does', async () => {
    const probe = await accessProbe()
    putCredential(probe.ledger, 'c1')
    const answer = await ask(probe, 'c1')
    assert.deepEqual(answer.json(), { credential: 'c1', service: 'flights' })
    assert.equal(answer.headers['cache-control'], 'no-store')
    const key = apiKeyOf('c1')
    const wrong = [
      ...[apiKeyOf('c2'), `${key}A`, key.slice(0, -1), key.toUpperCase(), `${key} `, ''],
      ...['live_', 'c1', `live_${'A'.repeat(43)}`, 'x'.repeat(10_000), `${key.slice(0, -1)}A`],
    ]
    const bodies = new Set<string>()
    for (const text of wrong) {
      if (text.trim() === key) continue
      const refused = await ask(probe, 'c1', { headers: bearer(text) })
      assert.equal(refused.statusCode, 401, text)
      assert.equal(refused.headers['www-authenticate'], 'Bearer realm="openbsn"')
      bodies.add(JSON.stringify({ ...refused.json(), instance: '' }))
    }
    assert.deepEqual(
      [...bodies].map((body) => JSON.parse(body).code),
      ['CREDENTIAL_UNKNOWN'],
    )
    // Whoever registers the hash of a short key has no key: it can be guessed.
    const hash = sha256(utf8('secret'))
    putObject(probe.ledger, `apikey/${toHex(hash)}`, { credential: 'c3' })
    putCredential(probe.ledger, 'c3', { apiKeys: [[hash, 'secret', null]] })
    const short = await ask(probe, 'c1', { headers: bearer('secret') })
    assert.equal(told(short), 'CREDENTIAL_UNKNOWN')
    const basic = await ask(probe, 'c1', { headers: { authorization: `Basic ${key}` } })
    assert.equal(told(basic), 'CREDENTIAL_UNKNOWN')
    assert.equal(told(await ask(probe, 'c1', { headers: {} })), 'AUTHENTICATION_REQUIRED')
    const both = { ...bearer(key), 'signature-input': 'x' }
    assert.equal(told(await ask(probe, 'c1', { headers: both })), 'AUTHENTICATION_AMBIGUOUS')
  })

  it('of the other environment is told so; one whose end has come as well', async () => {
    const probe = await accessProbe()
    const sandbox = bearer(apiKeyOf('c1', 'test'))
    assert.equal(told(await ask(probe, 'c1', { headers: sandbox })), 'CREDENTIAL_WRONG_ENVIRONMENT')
    putCredential(probe.ledger, 'c1')
    const hash = Buffer.from(
      [...probe.ledger.objectsByKey.keys()].find((key) => key.startsWith('apikey/'))?.slice(7) ??
        '',
      'hex',
    )
    putCredential(probe.ledger, 'c1', { apiKeys: [[hash, 'live_', probe.clock.now + 10]] })
    assert.equal(told(await ask(probe, 'c1')), '200 c1')
    probe.clock.now += 10
    assert.equal(told(await ask(probe, 'c1')), 'KEY_REPLACED')
  })
})

describe('what a credential may do', () => {
  it('is what the state says of it', async () => {
    const day = 1_800_000_000
    const cases: [string, Parameters<typeof putCredential>[2]][] = [
      ['200 c1', {}],
      ['200 c1', { expires: day + 1 }],
      ['CREDENTIAL_EXPIRED', { expires: day }],
      ['CREDENTIAL_FROZEN', { status: 'frozen' }],
      ['CREDENTIAL_REVOKED', { status: 'revoked' }],
      ['CREDENTIAL_SERVICE_MISMATCH', { service: 'trains' }],
      ['SCOPE_MISSING', { scopes: ['records:read'] }],
      ['SCOPE_MISSING', { scopes: [] }],
    ]
    for (const [wanted, fields] of cases) {
      const probe = await accessProbe()
      putCredential(probe.ledger, 'c1', fields)
      assert.equal(told(await ask(probe, 'c1')), wanted, JSON.stringify(fields))
    }
  })

  it('is told the same on another service, whether that exists or not', async () => {
    const probe = await accessProbe()
    putCredential(probe.ledger, 'c1')
    putService(probe.ledger, 'trains', { readers: 'credentials' })
    for (const how of ['require', 'allow']) {
      const answers = await Promise.all(
        ['trains', 'nothing', 'trains%2fx'].map(async (service) => {
          const url = probe.path(service, 'records:read', how)
          const { statusCode, payload } = await ask(probe, 'c1', { url })
          return `${statusCode} ${payload.replace(/"instance":"[^"]*"/, '')}`
        }),
      )
      assert.equal(new Set(answers).size, 1, answers.join('\n'))
      assert.match(answers[0] ?? '', /^403 .*CREDENTIAL_SERVICE_MISMATCH/)
    }
  })

  it('ends with the service, but reading goes on', async () => {
    for (const [status, code] of [
      ['frozen', 'SERVICE_FROZEN'],
      ['retired', 'SERVICE_RETIRED'],
    ]) {
      const probe = await accessProbe()
      putCredential(probe.ledger, 'c1')
      putService(probe.ledger, 'flights', { status: status ?? '' })
      assert.equal(told(await ask(probe, 'c1')), code)
      const url = probe.path('flights', 'records:read')
      assert.equal(told(await ask(probe, 'c1', { url })), '200 c1')
    }
  })

  it('is what the role of its participant has', async () => {
    const roles = [['reader', ['get', 'list']]] as [string, string[]][]
    const cases: [string, Scope, string, string][] = [
      ['200 c1', 'records:read', '?function=get', 'active'],
      ['NOT_ALLOWED', 'records:read', '?function=history', 'active'],
      ['NOT_ALLOWED', 'records:read', '', 'active'],
      ['NOT_ALLOWED', 'records:write', '?function=put', 'active'],
      ['NOT_ALLOWED', 'records:write', '', 'active'],
      ['NOT_ALLOWED', 'events:read', '', 'active'],
      ['PARTICIPANT_INACTIVE', 'records:read', '?function=get', 'left'],
    ]
    for (const [wanted, scope, query, status] of cases) {
      const probe = await accessProbe()
      const scopes = ['records:read', 'records:write', 'events:read']
      putCredential(probe.ledger, 'c1', { participant: 'p1', scopes })
      putService(probe.ledger, 'flights', { roles })
      putObject(probe.ledger, 'participant/flights/p1', { role: 'reader', status })
      const url = probe.path('flights', scope) + query
      assert.equal(told(await ask(probe, 'c1', { url })), wanted, `${scope}${query} ${status}`)
    }
  })
})

describe('where a credential is served', () => {
  it('is at gateways of the operators that it names, or at any where it names none', async () => {
    const probe = await accessProbe()
    const scopes: Scope[] = ['records:read', 'events:read', 'webhooks:write', 'log:read']
    const cases = [
      ['c1', [], true],
      ['c2', ['founder', 'else'], true],
      ['c3', ['else'], false],
    ] as const
    for (const [id, operators, isServed] of cases) {
      putCredential(probe.ledger, id, { scopes, operators: [...operators] })
      for (const scope of scopes) {
        for (const how of ['require', 'allow']) {
          const answer = await ask(probe, id, { url: probe.path('flights', scope, how) })
          assert.equal(told(answer), isServed ? `200 ${id}` : 'NOT_ALLOWED', `${id} ${scope}`)
        }
      }
    }
  })
})

describe('allow', () => {
  it('lets anyone read where the service does, and nobody where it is not known', async () => {
    const probe = await accessProbe()
    const read = (service: string, headers = {}) =>
      ask(probe, 'c1', { url: probe.path(service, 'records:read', 'allow'), headers })
    putService(probe.ledger, 'closed', { readers: 'credentials' })
    assert.deepEqual((await read('flights')).json(), {})
    assert.equal(told(await read('closed')), 'AUTHENTICATION_REQUIRED')
    assert.equal(told(await read('nothing')), 'AUTHENTICATION_REQUIRED')
    assert.equal(told(await read('flights', bearer('live_x'))), 'CREDENTIAL_UNKNOWN')
  })
})

describe('the limit of a credential', () => {
  it('holds when everything comes at one time, and says so', async () => {
    const probe = await accessProbe()
    putCredential(probe.ledger, 'c1', { perSecond: 7, writesPerDay: 20 })
    putCredential(probe.ledger, 'c2', { perSecond: 7 })
    const today = Math.floor(probe.clock.now / 86_400)
    probe.ledger.recordsByDay.set(`c1 ${today}`, 17)
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(probe, 'c1')))
    const granted = answers.filter(({ statusCode }) => statusCode === 200)
    assert.equal(granted.length, 7)
    assert.equal(told(await ask(probe, 'c2')), '200 c2')
    const shown = ({ headers }: Answer) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => /limit|retry/.test(name)))
    const quota = { 'x-ratelimit-limit-day': 20, 'x-ratelimit-remaining-day': 3 }
    const text = (fields: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
    const [first, last] = [granted[0], answers.at(-1)]
    assert.ok(first && last)
    assert.deepEqual(
      shown(first),
      text({
        ...{ 'x-ratelimit-limit-second': 7, 'x-ratelimit-remaining-second': 6, ...quota },
        ...{ 'ratelimit-limit': 20, 'ratelimit-remaining': 3 },
        'ratelimit-reset': 86_400 - (probe.clock.now % 86_400),
      }),
    )
    assert.equal(told(last), 'RATE_LIMITED')
    assert.deepEqual(
      shown(last),
      text({
        ...{ 'x-ratelimit-limit-second': 7, 'x-ratelimit-remaining-second': 0, ...quota },
        ...{ 'ratelimit-limit': 7, 'ratelimit-remaining': 0, 'ratelimit-reset': 1 },
        'retry-after': 1,
      }),
    )
    probe.clock.ms += 1000
    assert.equal(told(await ask(probe, 'c1')), '200 c1')
  })

  it('is the gateway’s where the credential has none; guesses have their own', async () => {
    const limits = { credentialPerSecond: 2, addressPerSecond: 3, limitLoopback: true }
    const probe = await accessProbe(limits)
    putCredential(probe.ledger, 'c1')
    const guess = () => ask(probe, 'c1', { headers: bearer(apiKeyOf('c9')) })
    const codes = []
    for (let i = 0; i < 5; i++) codes.push(told(await guess()))
    assert.deepEqual(codes, [
      ...Array(3).fill('CREDENTIAL_UNKNOWN'),
      ...Array(2).fill('RATE_LIMITED'),
    ])
    for (const wanted of ['200 c1', '200 c1', 'RATE_LIMITED']) {
      assert.equal(told(await ask(probe, 'c1')), wanted)
    }
  })
})
