import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isCodedError } from '@openbsn/sdk'
import { Interface } from 'ethers'
import { parseJson } from '../../../kernel/json.ts'
import { testFolder } from '../../../testing/folder.ts'
import { encodeCall } from './abi.ts'
import { clientOf } from './client-text.ts'
import { readAbi } from './read-abi.ts'

const root = join(import.meta.dirname, '../../../..')
const alice = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const path = '/api/v1/ledgers/bsn1test/services/coin/contracts/my-shop'

const abi = readAbi(
  JSON.parse(
    new Interface([
      'function get(uint256 id) view returns (address owner, string note)',
      'function total() view returns (uint256)',
      'function put((string title, int8[2] sizes)[] orders, bytes4) payable returns (bytes)',
      'function issue(address to, uint256 amount)',
      'function send(address to)',
      'function send(address to, bytes data)',
      'function delete(bool class)',
      'event Issued(address indexed to, uint256 amount)',
      'event Put(string indexed title, uint256)',
    ]).formatJson(),
  ).concat({ name: 'new', inputs: [] }),
)

/** What a user writes; the last lines are wrong, and each of them must be said to be. */
const use = `
import { createMyShopContract, eventsOfMyShop } from "./client.ts"
export async function use(gateway: string) {
  const shop = createMyShopContract({ gateway, apiKey: 'secret' })
  const total: string = await shop.call.total()
  const { owner, note } = await shop.call.get({ id: 5n }, { from: '${alice}', block: 7 })
  const sent = await shop.send.issue({ to: owner, amount: 2n ** 70n }, { idempotencyKey: 'a "1"' })
  const issued = eventsOfMyShop(sent, 'Issued').map(({ args }) => args.amount)
  const orders = [{ title: 'a', sizes: [1, '-2'] }]
  const { gas } = await shop.estimate.put([orders, '0x01020304'], { value: 7 })
  await shop.send['send(address,bytes)']({ to: '${alice}', data: '0x' })
  const cut = await shop.send.new().catch((one: unknown) => one)
  const error = await shop.send.delete({ class: true }, { gas: 50000 }).catch((one: unknown) => one)
  return { error, cut, told: { total, note, issued, gas, request: sent.request } }
}
`
const wrong = `
import { createMyShopContract, eventsOfMyShop } from "./client.ts"
const shop = createMyShopContract({ gateway: '', apiKey: '' })
export const a = shop.call.get({ id: true })
export const b = shop.call.total({ value: 1 })
export const c = shop.send.issue({ to: 'x', amount: 1 })
export const d = shop.call.nothing()
export const e: Promise<number> = shop.call.total()
export const f = eventsOfMyShop(await shop.send.delete({ class: true }), 'Other')
`

function folder(t: { after(run: () => void): void }) {
  const { path: place, file, remove } = testFolder()
  t.after(remove)
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  return { place, file }
}

function check(place: string, ...files: string[]): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const strict = ['--strict', '--noUnusedLocals', '--noUnusedParameters', '--noEmit']
  const more = ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck']
  const how = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']
  const source = ['--allowImportingTsExtensions', '--customConditions', 'openbsn-source']
  const args = [tsc, ...strict, ...more, ...how, ...source, ...files]
  return spawnSync(process.execPath, args, { cwd: place, encoding: 'utf8' }).stdout
}

type Asked = { readonly request: IncomingMessage; readonly body: Record<string, unknown> }

/** Answers as a gateway does, after it looked at what it was sent. */
async function openServer(t: { after(run: () => void): void }) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = parseJson(Buffer.concat(chunks)) as Record<string, never>
    asked.push({ request, body })
    const [, verb = '', name = ''] = request.url?.slice(path.length).split('/') ?? []
    try {
      encodeCall(abi, decodeURIComponent(name), body.args)
    } catch (error) {
      response.writeHead(500).end(JSON.stringify({ code: 'INTERNAL', detail: String(error) }))
      return
    }
    const place = { transaction: '0xab', height: 3, time: 9, from: alice, to: alice, gasUsed: '21' }
    const args = { to: alice, amount: '5' }
    const events = ['my-shop', 'other'].map((contract) => ({ contract, event: 'Issued', args }))
    const answers: Record<string, object> = {
      'call/total': { result: '12' },
      'call/get': { result: { owner: alice, note: 'tea' } },
      'estimate/put': { gas: '50000' },
    }
    const isRefused = verb === 'send' && name === 'delete'
    response.statusCode = isRefused ? 422 : 200
    response.setHeader('content-type', 'application/json')
    const refused = { code: 'CALL_REVERTED', detail: 'Closed()' }
    const sent = isRefused ? refused : { ...place, events }
    const text = JSON.stringify(answers[`${verb}/${name}`] ?? sent)
    response.write(text.slice(0, 20))
    if (name === 'new') setTimeout(() => request.socket.destroy(), 20)
    else response.end(text.slice(20))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('clientOf', () => {
  const { place, file } = folder({ after })
  file('client.ts', clientOf({ name: 'my-shop', abi, base: path }))
  file('use.ts', use)
  file('wrong.ts', wrong)

  it('has types that hold, and that find what is wrong', () => {
    assert.equal(check(place, 'use.ts'), '')
    const found = check(place, 'wrong.ts')
    const lines = [...found.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line))
    assert.deepEqual(lines, [4, 5, 6, 7, 8, 9], found)
  })

  it('sends what the gateway takes, and tells what it answers', async (t) => {
    const { asked, url } = await openServer(t)
    const { use: run } = await import(pathToFileURL(join(place, 'use.ts')).href)
    const { error, cut, told } = await run(`${url}/`)
    assert.deepEqual(told, {
      total: '12',
      note: 'tea',
      issued: ['5'],
      gas: '50000',
      request: 'a "1"',
    })
    assert.ok(isCodedError(cut), String(cut))
    assert.deepEqual([cut.code, cut.retryable], ['GATEWAY_UNREACHABLE', true])
    assert.equal(cut.details.fate, 'unknown')
    assert.ok(isCodedError(error), String(error))
    assert.deepEqual(
      [error.code, error.message, error.retryable],
      ['CALL_REVERTED', 'Closed()', false],
    )
    assert.match(String(error.details.request), /^[\w-]{22}$/)
    const paths = asked.map(({ request }) => request.url?.slice(path.length))
    const overloaded = `/send/${encodeURIComponent('send(address,bytes)')}`
    assert.deepEqual(paths, [
      '/call/total',
      '/call/get',
      '/send/issue',
      '/estimate/put',
      overloaded,
      '/send/new',
      '/send/delete',
    ])
    assert.deepEqual(structuredClone(asked.slice(0, 4).map(({ body }) => body)), [
      {},
      { args: { id: '5' }, from: alice, block: 7 },
      { args: { to: alice, amount: String(2n ** 70n) } },
      { args: [[{ title: 'a', sizes: [1, '-2'] }], '0x01020304'], value: 7 },
    ])
    for (const { request } of asked) {
      assert.equal(request.method, 'POST')
      assert.equal(request.headers.authorization, 'Bearer secret')
      const isSend = request.url?.includes('/contracts/my-shop/send/')
      assert.equal(typeof request.headers['idempotency-key'] === 'string', isSend)
    }
    assert.equal(asked[2]?.request.headers['idempotency-key'], '"a \\"1\\""')
  })

  it('runs nothing of the names that it is given', () => {
    const name = `x'*/\`\${process.exit(1)}\u2028process.exit(1)//\\`
    const notices = new Map([['total()', '*/ process.exit(1) /*\u2028**//']])
    const text = clientOf({ name, abi, notices, base: `${path}/'\`\${1}"` })
    file('odd.ts', text)
    assert.equal(check(place, 'odd.ts'), '')
    assert.match(text, /^\/\/ A client of the contract "x'\*\/`/)
    file('plain.ts', clientOf({ name: '7', abi: [], base: 'https://gw.example/contracts/7' }))
    assert.match(check(place, 'plain.ts'), /^(plain\.ts.* 'ask' is declared but.*\n)?$/)
  })
})
