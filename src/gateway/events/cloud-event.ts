import { fromUtf8, isCodedError } from '@openbsn/sdk'
import type { LedgerEvent } from '../../frameworks/framework.ts'
import { type JsonValue, parseJson } from '../../kernel/json.ts'

/**
 * What is made of an event once, however many read it: the same object comes to every stream at the
 * head, and goes when the last of them lets go of it.
 */
const texts = new WeakMap<LedgerEvent, string>()

/**
 * An event as CloudEvents 1.0 JSON. `id` and `source` are the same from every node; `position` is
 * text, because an integer of CloudEvents has 32 bits.
 */
export function cloudEvent(event: LedgerEvent, ledger: string): string {
  const known = texts.get(event)
  if (known !== undefined) return known
  const { id, type, service, key, contentType, issuer, place, position } = event
  const text = JSON.stringify({
    specversion: '1.0',
    id,
    source: sourceOf(ledger, service),
    type: `org.openbsn.${type}`,
    ...(key === undefined ? {} : { subject: key }),
    time: new Date(place.time * 1000).toISOString().replace('.000Z', 'Z'),
    datacontenttype: contentType,
    ledger,
    service,
    issuer,
    position: String(position),
    height: String(place.height),
    transaction: place.transaction,
    ...dataOf(event),
  })
  texts.set(event, text)
  return text
}

/** `source` of a service's events: a reference that is the same at every gateway. */
export const sourceOf = (ledger: string, service: string) =>
  `/ledgers/${ledger}/services/${encodeURIComponent(service)}`

/** JSON and text as themselves where that changes nothing; everything else in base64. */
function dataOf({ contentType, payload }: LedgerEvent): Record<string, JsonValue> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json' || type.endsWith('+json')) {
    const value = jsonOf(payload)
    if (value !== undefined) return { data: value }
  } else if (type.startsWith('text/')) {
    const text = fromUtf8(payload)
    if (text !== undefined) return { data: text }
  }
  return { data_base64: Buffer.from(payload).toString('base64') }
}

function jsonOf(payload: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(payload)
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}
