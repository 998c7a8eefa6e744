import { concat, utf8 } from './bytes.ts'
import { CodedError } from './errors.ts'

/** A webhook as it arrived: the headers as any server gives them, the body as the bytes had it. */
export type ReceivedWebhook = {
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string | Uint8Array
  /** `whsec_…`; several while one takes the place of another. */
  readonly secrets: readonly string[]
}

export type WebhookTolerance = {
  /** Now, in seconds since 1970. */
  readonly nowSeconds: number
  /** How far its time may lie from now; 300 where absent. */
  readonly toleranceSeconds?: number
}

/**
 * Checks a webhook by Standard Webhooks 1.0 and gives its id, the same at every attempt: keep the
 * ids that were dealt with, because what was not acknowledged is sent again.
 * @throws WEBHOOK_INVALID for a missing header, a wrong signature, or a time too far from now
 */
export async function verifyWebhook(
  { headers, body, secrets }: ReceivedWebhook,
  { nowSeconds, toleranceSeconds = 300 }: WebhookTolerance,
): Promise<{ readonly id: string; readonly timestamp: number }> {
  const id = headerOf(headers, 'webhook-id')
  const time = headerOf(headers, 'webhook-timestamp')
  const signatures = headerOf(headers, 'webhook-signature').split(' ')
  const timestamp = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN
  if (!(Math.abs(nowSeconds - timestamp) <= toleranceSeconds)) {
    throw invalid('Its time is too far from now: it may be a repeat by somebody else.')
  }
  const bytes = typeof body === 'string' ? utf8(body) : body
  const signed = concat(utf8(`${id}.${time}.`), bytes)
  for (const secret of secrets) {
    const key = await keyOf(secret)
    for (const signature of signatures) {
      const mac = signature.startsWith('v1,') ? fromBase64(signature.slice(3)) : undefined
      if (mac && (await crypto.subtle.verify('HMAC', key, mac, signed as BufferSource))) {
        return { id, timestamp }
      }
    }
  }
  throw invalid('No signature in it was made with the secret.')
}

function headerOf(headers: ReceivedWebhook['headers'], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`It has no header ${name}.`)
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''))
  if (!bytes?.length) throw invalid('The secret is not of the form whsec_….')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
  } catch {
    return undefined
  }
}

function invalid(message: string): CodedError {
  return new CodedError('WEBHOOK_INVALID', message)
}
