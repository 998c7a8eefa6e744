import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createPortalClient, newApiKey } from '@openbsn/sdk'
import { createJar } from '../../src/testing/cookie-jar.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { bsn, scratchFolder, startBsn } from '../cli/bsn.ts'

const password = 'correct and long enough'
const account = { name: 'Ann', email: 'ann@example.org', password }

/** Starts a node, and tells what it printed. */
async function start(home: string, more: readonly string[] = []) {
  const up = startBsn(['up', '--home', home, '--port', '0', '--json', ...more])
  const { address, setup } = JSON.parse(await up.until(/^\{"address".*\}\n/m))
  return {
    address: String(address),
    setup: setup as string | undefined,
    stop: async () => {
      up.child.kill('SIGTERM')
      return up.ended
    },
  }
}

/** The status and code of a request with headers that `fetch` would not send. */
function send(url: string, headers: Record<string, string>, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve(`${answer.statusCode} ${JSON.parse(text).code}`))
    })
    sent.on('error', reject).end(JSON.stringify(body))
  })
}

describe('accounts of a node', () => {
  const folder = testFolder()
  const home = folder.file('home')
  const jar = createJar()
  const { key, hash, hint } = newApiKey('live')
  let records = ''
  const put = async (address: string, value: number) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
    const init = { method: 'POST', headers, body: JSON.stringify({ value }) }
    return (await fetch(address + records, init)).status
  }
  after(() => folder.remove())

  it('begin with a link that is printed, and a newer one', async (t) => {
    const first = await start(home)
    t.after(() => first.stop())
    assert.match(first.setup ?? '', /^http:\/\/127\.0\.0\.1:\d+\/setup#[\w-]{43}$/)
    const made = await bsn(['portal', 'setup', '--home', home, '--json'])
    assert.equal(made.code, 0, made.stderr)
    const [old = '', token = ''] = [first.setup ?? '', JSON.parse(made.stdout).setup].map(
      (url: string) => url.split('#')[1],
    )
    const portal = first.address
    const setUp = { ...account, token, organisation: 'Bank' }
    const json = { 'content-type': 'application/json', origin: portal }
    const url = `${portal}/portal/v1/setup`
    // Passed on by a proxy, or for a page whose name was made to lead here: not from this machine.
    const passedOn = await send(url, { ...json, 'x-forwarded-for': '192.0.2.1' }, setUp)
    assert.equal(passedOn, '403 LOOPBACK_ONLY')
    const evil = { ...json, origin: 'http://evil.example', host: 'evil.example' }
    assert.equal(await send(url, evil, setUp), '403 ORIGIN_REFUSED')
    const ann = createPortalClient({ portal, fetch: jar.fetch })
    await assert.rejects(ann.setup({ ...setUp, token: old }), { code: 'SETUP_LINK_INVALID' })
    await ann.setup(setUp)
    const again = await bsn(['portal', 'setup', '--home', home])
    assert.match(again.stderr, /SETUP_DONE|account already/)

    const bank = (await ann.me()).organisations[0]?.id ?? ''
    const service = { id: 'flights', framework: 'records', keyMode: 'key-trust' } as const
    const published = await ann.act(bank, 'service-create', service)
    await ann.act(bank, 'credential-create', {
      ...{ id: 'desk', service: 'flights', label: 'Desk', operators: ['admin'], keys: [] },
      apiKeys: [[hash, hint]],
    })
    records = `/api/v1/ledgers/${published.ledger}/services/flights/records`
    assert.equal(await put(portal, 1), 201)
    const { stderr: log } = await first.stop()
    for (const secret of [token, old, key, password, ...jar.cookies.values()]) {
      assert.ok(!log.includes(secret.slice(0, 24)), 'no secret is in the log')
    }
  })

  it('live on over a restart', async (t) => {
    const second = await start(home)
    t.after(() => second.stop())
    assert.equal(second.setup, undefined)
    const back = createPortalClient({ portal: second.address, fetch: createJar(jar.cookies).fetch })
    assert.equal((await back.me()).account.name, 'Ann')
    // The member decides by its own key about what its node published.
    const frozen = await bsn(['service', 'freeze', 'flights', '--home', home])
    assert.equal(frozen.code, 0, frozen.stderr)
    assert.equal((await bsn(['service', 'unfreeze', 'flights', '--home', home])).code, 0)
  })

  it('are needed by no gateway: it goes on where their database is away', async (t) => {
    const away = ['--database-url', 'postgres://portal:geheim@127.0.0.1:1/portal']
    const third = await start(home, away)
    t.after(() => third.stop())
    assert.equal(third.setup, undefined)
    const down = createPortalClient({ portal: third.address, fetch: createJar(jar.cookies).fetch })
    await assert.rejects(down.me(), { code: 'PORTAL_UNAVAILABLE' })
    assert.equal(await put(third.address, 2), 201)
    assert.equal((await bsn(['status', '--home', home])).code, 0)
    const { stderr } = await third.stop()
    assert.match(stderr, /portal\.unusable/)
    assert.ok(!stderr.includes('geheim'))
  })
})

describe('the API of accounts', () => {
  it('has a document of its own, which is that of the reference', async (t) => {
    const home = join(scratchFolder(t), 'home')
    const node = await start(home)
    t.after(() => node.stop())
    const served = await (await fetch(`${node.address}/portal/v1/openapi.json`)).json()
    const file = join(import.meta.dirname, '../../docs/reference/portal-openapi.json')
    assert.deepEqual(served, JSON.parse(readFileSync(file, 'utf8')))
    const gateway = await (await fetch(`${node.address}/api/v1/openapi.json`)).json()
    assert.ok(!Object.keys(gateway.paths).some((path) => path.startsWith('/portal')))
  })
})
