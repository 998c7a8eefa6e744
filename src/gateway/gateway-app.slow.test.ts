import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { testGateway } from '../testing/gateway.ts'
import { endpoints } from './doors/bsn/endpoints.ts'
import { freePart, kindPart } from './doors/jsonrpc/rpc-path.ts'

type Injected = { statusCode: number; json(): { code: string; detail: string; instance: string } }
const told = (answer: Injected) => [answer.statusCode, answer.json().code]

async function postEntries(payload: string | Buffer, headers: Record<string, string> = {}) {
  const { app, base, ledger } = await testGateway()
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await app.inject({ method: 'POST', url: `${base}/entries`, headers: all, payload })
  assert.equal(ledger.head.height, 0, 'nothing was registered')
  return answer
}

describe('a request that is not as the API says', () => {
  it('is told which field is wrong', async () => {
    const cases: Record<string, RegExp> = {
      '{}': /^body: must have required property 'statements'\.$/,
      '[]': /^body: must be object\.$|statement/,
      '{"statements":[],"more":1}': /^body: unknown field "more"\.$/,
      '{"statements":{}}': /^body\/statements: must be array\.$/,
      '{"statements":[1]}': /^body\/statements\/0: must be string\.$/,
      '{"statements":[null]}': /^body\/statements\/0: must be string\.$/,
      '{"statements":"AA"}': /^body\/statements: must be array\.$/,
      '{"constructor":{"prototype":{"a":1}},"statements":[]}': /unknown field "constructor"/,
      null: /^body: must be object\.$|body: send/,
    }
    for (const [payload, detail] of Object.entries(cases)) {
      const answer = await postEntries(payload)
      assert.equal(answer.statusCode, 400, payload)
      assert.match(answer.json().detail, detail, payload)
    }
  })

  it('has a code of its own for each kind of broken JSON', async () => {
    const cases: Record<string, string> = {
      JSON_MALFORMED: '{"statements":[}',
      JSON_DUPLICATE_KEY: '{"statements":[],"statements":[]}',
      JSON_KEY_FORBIDDEN: '{"__proto__":{"isAdmin":true},"statements":[]}',
      JSON_NUMBER: '{"statements":[1e400]}',
      JSON_TOO_DEEP: '['.repeat(100_000),
      JSON_TOO_MANY_VALUES: `[${'0,'.repeat(100_000)}0]`,
    }
    for (const [code, payload] of Object.entries(cases)) {
      assert.equal((await postEntries(payload)).json().code, code)
    }
    assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined)
  })

  it('is refused for its type or its packing', async () => {
    const types = [
      'text/plain',
      'application/xml',
      'application/cosex',
      'application/json2',
      'x',
      '',
    ]
    for (const type of types) {
      const answer = await postEntries('{}', { 'content-type': type })
      assert.deepEqual(told(answer), [415, 'CONTENT_TYPE_UNSUPPORTED'], type)
    }
    for (const encoding of ['gzip', 'br', 'identity, gzip', 'GZIP']) {
      const answer = await postEntries('{}', { 'content-encoding': encoding })
      assert.deepEqual(told(answer), [415, 'CONTENT_ENCODING_UNSUPPORTED'], encoding)
    }
    const { app, base } = await testGateway()
    const empty = await app.inject({ method: 'POST', url: `${base}/entries` })
    assert.deepEqual(told(empty), [400, 'REQUEST_INVALID'])
  })
})

describe('a path or method that is not served', () => {
  it('is 404, or 405 with what is allowed', async () => {
    const { app, base } = await testGateway()
    for (const url of ['/x', '/api', '/api/v1', '/.env', '/api/v1/__proto__']) {
      assert.deepEqual(told(await app.inject(url)), [404, 'ROUTE_NOT_FOUND'], url)
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY'] as const) {
      const answer = await app.inject({ method: method as 'PUT', url: `${base}/entries` })
      assert.deepEqual(told(answer), [405, 'METHOD_NOT_ALLOWED'], method)
      assert.equal(answer.headers.allow, 'GET, HEAD, POST')
    }
    const headers = { 'x-http-method-override': 'POST' }
    const override = await app.inject({ method: 'PUT', url: `${base}/entries`, headers })
    assert.equal(override.statusCode, 405)
  })

  it('answers HEAD as GET without a body', async () => {
    const { app } = await testGateway()
    const answer = await app.inject({ method: 'HEAD', url: '/livez' })
    assert.deepEqual([answer.statusCode, answer.payload], [200, ''])
  })
})

describe('a request id', () => {
  it('comes back in header, problem and log; a harmful one is replaced', async () => {
    const { app, ledger, base, lines } = await testGateway()
    ledger.submit = () => Promise.reject(new TypeError('secret place /home/alice'))
    const post = (id: string) => {
      const headers = { 'content-type': 'application/cose', 'x-request-id': id }
      return app.inject({ method: 'POST', url: `${base}/entries`, headers, payload: Buffer.of(1) })
    }
    const answer = await post('client-1.a_B')
    assert.deepEqual(told(answer), [500, 'INTERNAL'])
    assert.doesNotMatch(answer.payload, /secret|alice|TypeError|at /)
    assert.equal(answer.headers['x-request-id'], 'client-1.a_B')
    assert.equal(answer.json().instance, 'client-1.a_B')
    const [failed, done] = lines.map((line) => JSON.parse(line))
    assert.equal(failed.request_id, 'client-1.a_B')
    assert.equal(failed['exception.message'], 'secret place /home/alice')
    assert.deepEqual([done.request_id, done.status, done.level], ['client-1.a_B', 500, 'warn'])

    for (const id of ['a b', 'a"b', '<script>', 'a'.repeat(65), 'é', '']) {
      assert.match(String((await post(id)).headers['x-request-id']), /^s[0-9a-z]+-[0-9a-z]+$/)
    }
  })
})

describe('faults of the ledger', () => {
  it('are told by their code, and busy ones say when to try again', async () => {
    const { app, ledger, base } = await testGateway()
    const headers = { 'content-type': 'application/cose' }
    const post = () =>
      app.inject({ method: 'POST', url: `${base}/entries`, headers, payload: Buffer.of(1) })
    ledger.submit = () =>
      Promise.reject(new CodedError('LEDGER_BUSY', 'Full.', { retryable: true }))
    const busy = await post()
    assert.deepEqual(told(busy), [503, 'LEDGER_BUSY'])
    assert.equal(busy.headers['retry-after'], '1')
    ledger.submit = () => Promise.reject(new CodedError('STORE_COMMIT_FAILED', 'Disk /dev/sda'))
    assert.deepEqual(told(await post()), [500, 'INTERNAL'])
    ledger.submit = async () => []
    assert.deepEqual(told(await post()), [500, 'INTERNAL'])
  })
})

describe('the OpenAPI document', () => {
  it('has every route that is served, with an id and its errors', async () => {
    const { app } = await testGateway()
    const document = (await app.inject('/api/v1/openapi.json')).json()
    assert.equal(document.openapi, '3.1.0')
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served: string[] = []
    for (const path of servedPaths(app.printRoutes({ commonPrefix: false }))) {
      const { headers } = await app.inject({ method: 'OPTIONS', url: path })
      const methods = String(headers.allow).split(', ')
      served.push(...methods.filter((one) => one !== 'HEAD').map((one) => `${one} ${path}`))
    }
    const isTile = (route: string) => route.includes('/tile/')
    const left = pathsOf(app.printRoutes({ commonPrefix: false })).filter((one) => !isNamed(one))
    const ofBsn = ['/api/app/getAppInfo', ...Object.keys(endpoints).map(bsnPath)]
    assert.deepEqual(left.toSorted(), [...undescribed, ...ofBsn].toSorted())
    assert.ok(served.length > 10)
    assert.deepEqual(described.filter((one) => !isTile(one)).toSorted(), served.toSorted())
    assert.equal(described.filter(isTile).length, 2)
    const operations = Object.values<object>(document.paths).flatMap((methods) =>
      Object.values(methods),
    )
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
    for (const { responses, summary } of operations) {
      assert.ok(summary.length > 0 && '4XX' in responses && '5XX' in responses)
    }
  })

  it('shows numbers of paths and queries as integers', async () => {
    const { app } = await testGateway()
    const { paths } = (await app.inject('/api/v1/openapi.json')).json()
    const { parameters } = paths['/api/v1/ledgers/{ledger}/entries'].get
    const limit = parameters.find(({ name }: { name: string }) => name === 'limit')
    assert.equal(limit.schema.type, 'integer')
  })
})

/**
 * What the document leaves out: the door for tools of chains, which is no REST of ours (ADR 0034);
 * of `/api/{kind}~/*`, where kind is a dialect, the tree shows the end alone.
 */
const undescribed = [
  ...['', '*'].map((tail) => `/api/{accessKey}~|{chain}~/{chain}/{kind}${tail}`),
  ...['/api/{accessKey}~|{chain}~/{kind}~', '/api/{kind}~', '/*', '/api/v1/ledgers/{ledger}*'],
]

/** Of the door for clients of BSN, which speak a protocol of their own (ADR 0048). */
const bsnPath = (name: string) => `/api/fabric/v1/${name}`

/** Tiles have wildcards, which Fastify prints as one; `~` is a pattern of the other door. */
const isNamed = (path: string) =>
  !path.endsWith('*') && !path.includes('~') && !/^\/api\/(fabric\/|app\/getAppInfo)/.test(path)
const servedPaths = (tree: string) => pathsOf(tree).filter(isNamed)

/** The paths in Fastify's tree of routes. */
function pathsOf(tree: string): string[] {
  const stack: string[] = []
  const paths: string[] = []
  for (const line of tree.split('\n')) {
    const [, indent = '', part] = /^([│├└─ ]*)(\S+) \(/u.exec(line) ?? []
    if (part === undefined) continue
    stack.length = indent.length / 4
    stack.push(part)
    const path = stack.join('').replaceAll(freePart, '~').replaceAll(kindPart, '~')
    paths.push(path.replace(/:([a-zA-Z]+)/g, '{$1}'))
  }
  return paths
}
