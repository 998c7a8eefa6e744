import { object, text } from '../json-schema.ts'
import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'delete',
  description: 'For good, with its position and its log of deliveries.',
  would: 'delete',
  output: object({ id: text }),
  run: async ({ webhooks, id, out }) => {
    await webhooks.delete(id)
    out.answer({ id }, `webhook ${id} deleted`)
    return undefined
  },
})
