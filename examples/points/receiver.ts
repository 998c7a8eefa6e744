import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { isCodedError, type ServiceEvent, verifyWebhook } from '@openbsn/sdk'

const waitMs = 30_000

/** The shop's own server, which the gateway's webhook tells about every move. */
export interface Receiver {
  readonly url: string
  /** Events that came with a good signature, each once, in the ledger's order. */
  readonly events: readonly ServiceEvent[]
  /** Requests that were turned away. */
  readonly refused: readonly string[]
  /** Signatures are checked with this from now on: the webhook's secret is told when it is made. */
  trust(secret: string): void
  /** Resolves when so many events came. */
  until(count: number): Promise<void>
  close(): void
}

/** Listens on loopback. */
export async function createReceiver(): Promise<Receiver> {
  const events: ServiceEvent[] = []
  const refused: string[] = []
  const dealtWith = new Set<string>()
  const waiting: (() => void)[] = []
  let secrets: string[] = []

  const server = createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await request.toArray())
      const nowSeconds = Math.floor(Date.now() / 1000)
      const { headers } = request
      const { id } = await verifyWebhook({ headers, body, secrets }, { nowSeconds })
      // What was not acknowledged comes again, with the same id.
      if (!dealtWith.has(id)) events.push(JSON.parse(body.toString('utf8')))
      dealtWith.add(id)
      response.writeHead(204).end()
      for (const look of waiting.splice(0)) look()
    } catch (error) {
      refused.push(isCodedError(error) ? error.code : 'BODY_BROKEN')
      response.writeHead(401).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}/points`,
    events,
    refused,
    trust(secret) {
      secrets = [secret]
    },
    async until(count) {
      const late = setTimeout(waitMs, 'late', { ref: false })
      while (events.length < count) {
        const next = new Promise<void>((resolve) => waiting.push(resolve))
        if ((await Promise.race([next, late])) !== 'late') continue
        throw new TypeError(`${events.length} of ${count} events came in ${waitMs / 1000} s.`)
      }
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
