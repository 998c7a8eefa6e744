import { exitCode } from '../failure.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'test',
  description: 'Sends one message that is no event, once. Ends with 7 where it does not arrive.',
  output: object({
    id: text,
    delivered: flag,
    'status?': whole,
    'reason?': text,
    durationMs: whole,
  }),
  run: async ({ webhooks, id, out }) => {
    const answer = await webhooks.test(id)
    const { delivered, status, reason, durationMs } = answer
    const what = status === undefined ? '' : ` (${status})`
    const why = delivered ? `delivered${what}` : `not delivered${what}: ${reason}`
    out.answer({ id, ...answer }, `${why}, ${durationMs} ms`)
    return delivered ? undefined : exitCode.unavailable
  },
})
