import { oneWebhook } from '../webhook-command.ts'
import { webhookText } from '../webhook-document.ts'

export const command = oneWebhook({
  verb: 'show',
  description: 'Where it stands: position, what holds it up, when it is tried again.',
  run: async ({ webhooks, id, out }) => {
    const webhook = await webhooks.get(id)
    out.answer(webhook, webhookText(webhook))
    return undefined
  },
})
