import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Receiver } from '../../src/testing/receiver.ts'
import type { Document, Request } from './every-route.ts'
import type { startShop } from './shop.ts'

type Shop = Pick<Awaited<ReturnType<typeof startShop>>, 'ask'>

/** As the description writes an example, and as Standard Webhooks writes a real one. */
const secretPattern = /whsec_[A-Za-z0-9+/]{40,}={0,2}/g

/** Secrets of webhooks that answers told, each only where it was made, and once. */
export class ToldSecrets {
  readonly #texts = new Set<string>()

  /** Looks for secrets in an answer: there are some only where a webhook gets one. */
  look({ method, path }: Pick<Request, 'method' | 'path'>, answer: string): void {
    const texts = answer.match(secretPattern) ?? []
    if (texts.length === 0) return
    const makesOne = method === 'POST' && /\/webhooks(\/[^/]+\/secret)?(\?|$)/.test(path)
    assert.ok(makesOne && texts.length === 1, `${method} ${path} tells ${texts}`)
    for (const text of texts) {
      assert.ok(!this.#texts.has(text), `${method} ${path} tells a secret again`)
      this.#texts.add(text)
    }
  }

  get size(): number {
    return this.#texts.size
  }

  /** Each as it is written, and the bytes that it stands for. */
  all(): Record<string, Buffer> {
    const named = [...this.#texts].map((text, i) => [
      [`webhook secret ${i}`, Buffer.from(text)],
      [`bytes of webhook secret ${i}`, Buffer.from(text.replace('whsec_', ''), 'base64')],
    ])
    return Object.fromEntries(named.flat())
  }
}

/** A webhook with an old secret and a new one, whose events arrive, are lost, and arrive again. */
export async function plantWebhook(t: TestContext, { ask }: Shop, told: ToldSecrets) {
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  receiver.react = (_, response) =>
    void response.writeHead(receiver.history.length % 2 === 0 ? 204 : 500).end()
  const tried = async (method: string, path: string, body?: unknown) => {
    const answer = await ask(method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    told.look({ method, path }, answer.text)
    return answer.json
  }
  const { id } = await tried('POST', '/webhooks', { url: receiver.url, from: 0 })
  await tried('POST', `/webhooks/${id}/secret`)
  assert.equal(told.size, 2)
  await receiver.until(() => receiver.history.length >= 2)
  return { id: String(id), receiver }
}

/** The operations on one webhook, but for the one that ends it: the others are about it. */
export function aboutOneWebhook({ paths }: Document): Document {
  const own = Object.entries(paths).filter(([path]) => path.includes('/webhooks/{id}'))
  const kept = own.map(([path, { delete: _, ...operations }]) => [path, operations])
  return { paths: Object.fromEntries(kept) }
}
