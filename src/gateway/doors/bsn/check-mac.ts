import type { Buckets } from '../../access/buckets.ts'
import type { Application, MacKey } from './application.ts'
import type { Endpoint } from './endpoints.ts'
import type { Envelope } from './envelope.ts'
import { requestTexts } from './mac-text.ts'

/** What a request was found to be signed with. */
export type Checked = { readonly text: string; readonly algorithm: MacKey['algorithm'] }

/** All orders of so few keys are tried always: 24 cost nothing. */
const cheapOrdersMax = 4
/** 720 cost a tenth of a second, so that they are tried four times in a second at most. */
const [allOrdersMax, dearPerSecond] = [6, 4]

/** The text that a mac is over, and whose key signed it; undefined where it is none. */
export function checkMac(
  { keys, named }: Pick<Application, 'keys' | 'named'>,
  { fields }: Endpoint,
  { body, mac }: Pick<Envelope, 'body' | 'mac'>,
  { buckets }: { readonly buckets: Buckets },
): Checked | undefined {
  const tries = keys.map(({ algorithm, verifier }) => ({ algorithm, isOver: verifier(mac) }))
  const tryUpTo = (ordersMax: number): Checked | undefined => {
    for (const text of requestTexts(named, { fields, body }, { allOrdersMax: ordersMax })) {
      const found = tries.find(({ isOver }) => isOver(text))
      if (found) return { text, algorithm: found.algorithm }
    }
    return undefined
  }
  const cheap = tryUpTo(cheapOrdersMax)
  const map = fields.includes('transientData') ? body.transientData : undefined
  const size = typeof map === 'object' && map !== null ? Object.keys(map).length : 0
  if (cheap || size <= cheapOrdersMax || size > allOrdersMax) return cheap
  return buckets.take('orders', dearPerSecond).granted === 1 ? tryUpTo(allOrdersMax) : undefined
}
