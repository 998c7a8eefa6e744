import type { WebhookObject } from '@openbsn/sdk'
import { anything, type JsonSchema, object, text, whole } from './json-schema.ts'
import { fields } from './output.ts'
import { isoTime } from './values.ts'

/** One webhook as `--json` prints it. */
export const webhookSchema: JsonSchema = object({
  id: text,
  service: text,
  credential: text,
  url: text,
  filter: anything,
  state: text,
  'reason?': text,
  'held?': text,
  node: text,
  position: whole,
  head: whole,
  attempts: whole,
  'retryAt?': whole,
  'failingSince?': whole,
  created: whole,
  'secret?': text,
})

/** A webhook for people; its secret is shown by the command that made it. */
export function webhookText({ filter, ...webhook }: WebhookObject): string {
  const shown = Object.entries(filter).map(([name, value]) => `${name} ${value}`)
  const { created, retryAt, failingSince } = webhook
  const times = Object.entries({ failingSince, retryAt, created }).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, isoTime(time)]],
  )
  return fields({
    ...webhook,
    ...(shown.length === 0 ? {} : { filter: shown.join(', ') }),
    ...Object.fromEntries(times),
  })
}
