import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { testGatewayDeps } from '../../../testing/gateway.ts'
import { gatewayCatalogue } from '../../catalogue.ts'
import { createGateway } from '../../gateway.ts'

/** A gateway on a real socket, asked as a browser asks. */
async function listening(t: TestContext) {
  const gateway = createGateway({ port: 0, drainDelayMs: 0 }, testGatewayDeps().deps)
  await gateway.start(AbortSignal.timeout(10_000))
  t.after(() => gateway.close())
  return (path: string, headers: Record<string, string> = {}) =>
    fetch(gateway.address + path, { headers, redirect: 'error' })
}

/** Whatever a browser would load for a page, or that its text names as an address. */
function addressesIn(page: string): string[] {
  const loaded = [...page.matchAll(/\s(?:src|href|srcset|data|action|poster)="([^"]*)"/g)]
  return loaded.map(([, address = '']) => address)
}

describe('the pages at /docs', () => {
  it('are whole: all they name is of our origin, and there', async (t) => {
    const get = await listening(t)
    for (const path of ['/docs', '/docs/errors']) {
      const answer = await get(path)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
      const policy = answer.headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; style-src 'self';/)
      assert.doesNotMatch(policy, /unsafe|\*|https?:/)
      const page = await answer.text()
      assert.doesNotMatch(page, /<script|<style|\sstyle=|\son\w+=|@import|url\(|="https?:\/\//)
      const ids = new Set([...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id))
      for (const address of addressesIn(page)) {
        assert.match(address, /^[/#][^/]?/, address)
        if (address.startsWith('#')) assert.ok(ids.has(address.slice(1)), address)
        else assert.equal((await get(address)).status, 200, address)
      }
    }
  })

  it('are cached: the style for ever, the pages by their tag', async (t) => {
    const get = await listening(t)
    const page = await get('/docs')
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    const style = addressesIn(await page.text()).find((address) => address.includes('.css')) ?? ''
    const sheet = await get(style)
    assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8')
    assert.match(sheet.headers.get('cache-control') ?? '', /immutable/)
    assert.doesNotMatch(await sheet.text(), /url\(|@import/)
    const etag = page.headers.get('etag') ?? ''
    assert.equal((await get('/docs', { 'if-none-match': etag })).status, 304)
    assert.equal((await get('/docs', { 'if-none-match': '"x"' })).status, 200)
  })

  it('show every operation of the API', async (t) => {
    const get = await listening(t)
    const page = await (await get('/docs')).text()
    const document = (await (await get('/api/v1/openapi.json')).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>
    }
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    assert.ok(operations.length > 20)
    for (const { operationId } of operations) {
      assert.equal(page.split(`id="${operationId}"`).length, 2, operationId)
    }
  })

  it('have a row for every code, where `type` of a problem leads', async (t) => {
    const get = await listening(t)
    const page = await (await get('/docs/errors')).text()
    for (const [code, { status }] of Object.entries(gatewayCatalogue)) {
      assert.equal(page.includes(`<article id="${code.toLowerCase()}">`), status !== null, code)
    }
    const problem = (await (await get('/nowhere')).json()) as { type: string; code: string }
    const [path = '', id = ''] = problem.type.split('#')
    const target = await (await get(path)).text()
    assert.match(target, new RegExp(`id="${id}"><h3><code>${problem.code}</code>`))
  })
})
