import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { MoveKind, MoveOrder, ShopState } from '../../examples/shop/move.ts'
import { type Running, startBsn, startNetwork } from '../cli/bsn.ts'

const root = join(import.meta.dirname, '../..')
export const waitMs = 60_000

export type ShopWorld = Awaited<ReturnType<typeof startShop>>

/** A network, and the example `shop` on it as `npm run example -- shop` runs it. */
export async function startShop(t: TestContext) {
  const network = await startNetwork(t)
  const { home } = network
  const running = startExample(home)
  t.after(async () => {
    // Not harder: what npm runs would stay behind.
    running.child.kill('SIGTERM')
    await running.ended
  })
  const [, url = ''] = /(http:\S+)/.exec(await running.until(/The page is at (\S+)/)) ?? []
  const { sandbox } = JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8'))

  const state = () => readState(url)
  let { up } = network
  return {
    ...{ url, state, running, home },
    /** Ends the network as Ctrl-C does, or as a machine that loses its power. */
    async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
      up.child.kill(signal)
      await up.ended
    },
    /** Starts the network again, at the same address. */
    async start(): Promise<void> {
      const { port } = new URL(network.address)
      up = startBsn(['up', '--home', home, '--port', port, '--json', '--quiet'])
      t.after(async () => {
        up.child.kill('SIGKILL')
        await up.ended
      })
      await up.until(/^\{.*"address".*\}\n/m)
    },
    ledger: String(sandbox.ledger),
    /** Sends an order as the page does. */
    order: (kind: MoveKind, order: unknown, key: string = randomUUID()) =>
      sendOrder(url + kind, order, { 'idempotency-key': key }),
    /** The state of the shop as soon as it is so. */
    async until(what: string, isSo: (state: ShopState) => boolean): Promise<ShopState> {
      const end = performance.now() + waitMs
      let now = await state()
      while (!isSo(now)) {
        assert.ok(performance.now() < end, `${what}, within ${waitMs} ms: ${JSON.stringify(now)}`)
        await setTimeout(100)
        now = await state()
      }
      return now
    },
  }
}

/** Another example on the network of a data folder. */
export function startExample(home: string, ...options: readonly string[]): Running {
  const args = [join(root, 'bin/npm-run.mjs'), 'example', 'shop', ...options]
  return startBsn(args, { program: process.execPath, env: { BSN_HOME: home } })
}

/** What a page is told first. */
async function readState(url: string): Promise<ShopState> {
  const leave = new AbortController()
  const { body } = await fetch(`${url}live`, { signal: leave.signal })
  let text = ''
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text.includes('\n\n')) break
  }
  leave.abort()
  const [frame = ''] = text.split('\n\n')
  const [name, data = ''] = frame.split('\ndata: ')
  assert.equal(name, 'event: state')
  return JSON.parse(data)
}

/** An order by HTTP, with whatever headers. */
export async function sendOrder(
  url: string,
  order: unknown,
  headers: Readonly<Record<string, string>>,
) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof order === 'string' ? order : JSON.stringify(order),
  })
  return { status: response.status, body: await response.json() }
}

export const award = (customer: string, points: string, note = 'order 1'): MoveOrder => ({
  ...{ customer, points, note },
})

/** Points by customer. */
export const balances = ({ customers }: ShopState): Readonly<Record<string, string>> =>
  Object.fromEntries(customers.map(({ id, points }) => [id, points]))
