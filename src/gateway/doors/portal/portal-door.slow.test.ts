import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { testFolder } from '../../../testing/folder.ts'
import { testGateway, testGatewayDeps } from '../../../testing/gateway.ts'

const page = '<!doctype html><title>The page</title>'
const script = 'export const answer = 42\n'.repeat(40)

/** A gateway with a build as `bin/build-portal.mjs` leaves it, or with none. */
async function gateway(t: TestContext, { isBuilt = true } = {}) {
  const folder = testFolder()
  t.after(() => folder.remove())
  const built = folder.file('portal')
  if (isBuilt) {
    mkdirSync(join(built, 'assets'), { recursive: true })
    const write = (name: string, bytes: string | Buffer) => writeFileSync(join(built, name), bytes)
    write('index.html', page)
    write('index.html.br', brotliCompressSync(page))
    write('built.json', '{"sources":"0"}')
    write('assets/main-1a2b.js', script)
    write('assets/main-1a2b.js.br', brotliCompressSync(script))
    write('assets/main-1a2b.js.gz', gzipSync(script))
    write('assets/small-3c.css', 'a{}')
    write('assets/notes.txt', 'not one that is served')
    writeFileSync(folder.file('secret.js'), 'beside the build')
  }
  const parts = testGatewayDeps()
  const { app } = await testGateway({}, { ...parts, deps: { ...parts.deps, portalFolder: built } })
  t.after(() => app.close())
  const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url, headers })
  return { app, get }
}

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }

describe('the page of the portal', () => {
  it('serves the page at / and wherever a browser goes', async (t) => {
    const { get } = await gateway(t)
    for (const path of [
      '/',
      '/explore/entries/7?view=hex',
      '/services/a.b',
      '/docs/a/b',
      '/apis',
    ]) {
      const { statusCode, body, headers } = await get(path, html)
      assert.deepEqual([path, statusCode, body], [path, 200, page])
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.equal(headers['cache-control'], 'no-cache')
    }
    // Whoever follows the `type` of a problem may be a program.
    for (const path of ['/', '/docs', '/docs/errors']) {
      assert.equal((await get(path, {})).body, page, path)
    }
    const head = await get('/nodes', html, 'HEAD')
    assert.deepEqual([head.statusCode, head.body], [200, ''])
  })

  it('leaves the paths of other doors, and whoever does not go there, their problem', async (t) => {
    const { app, get } = await gateway(t)
    const reserved = ['/api/v2/x', '/api', '/scitt/x', '/assets/x.js', '/.well-known/x']
    for (const path of [...reserved, '/portal/v1/me', '/livez/x']) {
      const { statusCode, headers } = await get(path, html)
      assert.equal(statusCode, 404, path)
      assert.match(String(headers['content-type']), /problem/, path)
    }
    const fetched = { accept: 'text/html', 'sec-fetch-mode': 'cors' }
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }, fetched]) {
      assert.equal((await get('/explore', headers)).statusCode, 404)
    }
    const posted = await app.inject({ method: 'POST', url: '/explore', headers: html })
    assert.equal(posted.statusCode, 404)
    assert.equal((await app.inject({ method: 'POST', url: '/' })).statusCode, 405)
  })
})

describe('the portal door', () => {
  it('lets nothing run, load or frame that is not of this origin', async (t) => {
    const { get } = await gateway(t)
    for (const path of ['/', '/explore', '/assets/main-1a2b.js']) {
      const { headers } = await get(path, html)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /^default-src 'self'; script-src 'self'; style-src 'self';/)
      assert.match(policy, /require-trusted-types-for 'script'/)
      assert.doesNotMatch(policy, /unsafe|https?:|\*/)
      for (const name of ['object-src', 'base-uri', 'frame-ancestors']) {
        assert.ok(policy.includes(`${name} 'none'`), name)
      }
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.match(String(headers['permissions-policy']), /camera=\(\)/)
    }
  })
})

describe('the files of the portal', () => {
  it('sends the packed form that is asked for, and files for ever', async (t) => {
    const { get } = await gateway(t)
    const path = '/assets/main-1a2b.js'
    const cases = [
      ['br', 'gzip, deflate, br, zstd', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['gzip', 'br;q=0, gzip', gunzipSync],
    ] as const
    for (const [encoding, accepted, unpack] of cases) {
      const answer = await get(path, { 'accept-encoding': accepted })
      assert.equal(answer.headers['content-encoding'], encoding, accepted)
      assert.equal(unpack(answer.rawPayload).toString(), script)
      assert.equal(answer.headers.vary, 'accept-encoding')
    }
    for (const accepted of [{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'zstd' }]) {
      const answer = await get(path, accepted)
      assert.deepEqual([answer.headers['content-encoding'], answer.body], [undefined, script])
      assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8')
    }
    const small = await get('/assets/small-3c.css', { 'accept-encoding': 'br' })
    assert.deepEqual([small.headers['content-encoding'], small.body], [undefined, 'a{}'])
  })

  it('says that the browser has the page still', async (t) => {
    const { get } = await gateway(t)
    const etag = String((await get('/', html)).headers.etag)
    const again = await get('/explore', { ...html, 'if-none-match': etag })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    assert.equal((await get('/', { ...html, 'if-none-match': '"x"' })).statusCode, 200)
  })

  it('opens what was built and nothing else, however it is asked for', async (t) => {
    const { get } = await gateway(t)
    const paths = [
      ...['/assets/notes.txt', '/assets/main-1a2b.js.br', '/assets/', '/assets/.', '/built.json'],
      ...['/assets/..%2fbuilt.json', '/assets/..%2f..%2fsecret.js', '/assets/%2e%2e%2findex.html'],
      ...['/assets/../../secret.js', '/assets/..%5c..%5csecret.js', '/assets/main-1a2b.js%00'],
      ...['/assets/__proto__', '/assets/constructor', '/index.html.br'],
    ]
    for (const path of paths) {
      const { statusCode, body } = await get(path)
      assert.ok(statusCode >= 400 && statusCode < 500, `${path}: ${statusCode}`)
      assert.doesNotMatch(body, /beside the build|not one that/, path)
    }
  })

  it('says how it is made where it is not, and the rest works', async (t) => {
    const { get } = await gateway(t, { isBuilt: false })
    for (const path of ['/', '/explore']) {
      const { statusCode, body, headers } = await get(path, html)
      assert.deepEqual([statusCode, headers['retry-after']], [503, '60'])
      assert.match(body, /npm run build:portal/)
    }
    assert.equal((await get('/livez')).statusCode, 200)
    assert.equal((await get('/api/v1/openapi.json')).statusCode, 200)
  })
})
