import type { ServiceEvent } from '@openbsn/sdk'
import { signatureHeaders } from '../gateway/webhooks/signature.ts'
import type { Clock } from '../kernel/clock.ts'

export type Forwarder = {
  /** Posts an event and says what came of it. One that is not taken is not sent again. */
  post(event: ServiceEvent): Promise<string>
}

const timeoutMs = 10_000

/** Posts events as a webhook would: CloudEvents 1.0, with a Standard Webhooks signature. */
export function createForwarder(
  { url, secret }: { readonly url: string; readonly secret: string },
  { clock }: { readonly clock: Clock },
): Forwarder {
  return {
    post: async (event) => {
      const body = JSON.stringify(event)
      const signed = { id: event.id, timestamp: clock.nowSeconds(), body }
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...signatureHeaders(signed, [secret]),
      }
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers,
          body,
          signal,
          redirect: 'manual',
        })
        await answer.body?.cancel()
        return `${event.position} -> ${url}: ${answer.status}`
      } catch {
        return `${event.position} -> ${url}: no answer`
      }
    },
  }
}
