import type { WebhookObject } from '@openbsn/sdk'

type Standing = Pick<WebhookObject, 'state' | 'attempts' | 'held'>

/** A webhook in one word: `failing` while what is next was refused, `held` while none is sent. */
export function webhookState({ state, attempts, held }: Standing): string {
  if (state !== 'active') return state
  if (held !== undefined) return 'held'
  return attempts > 0 ? 'failing' : 'active'
}
