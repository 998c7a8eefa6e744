import { anything, list, object, text } from '../json-schema.ts'
import { listAll, listOptions } from '../object-list.ts'
import { isoTime } from '../values.ts'
import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'deliveries',
  description: 'Attempts and what the receiver answered, newest first. Old ones are not kept.',
  options: listOptions,
  output: object({ deliveries: list(anything), 'next?': text }),
  run: async ({ webhooks, id, args, out }) => {
    const { items, next } = await listAll(args, async (page) => {
      const { deliveries, ...rest } = await webhooks.deliveries(id, page)
      return { items: deliveries, ...rest }
    })
    const rows = items.map(({ time, position, attempt, result, status, reason, durationMs }) =>
      [
        isoTime(time),
        position,
        attempt,
        result,
        status ?? '',
        `${durationMs} ms`,
        reason ?? '',
      ].map(String),
    )
    const head = ['TIME', 'POSITION', 'ATTEMPT', 'RESULT', 'STATUS', 'TOOK', 'WHY']
    const more = next === undefined ? {} : { next }
    out.answer({ deliveries: items, ...more }, rows.length === 0 ? '' : out.table(head, rows))
    if (rows.length === 0) out.note('nothing was sent yet')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
})
