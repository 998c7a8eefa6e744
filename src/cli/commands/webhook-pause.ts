import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'pause',
  description: 'Nothing is sent, and nothing is lost: it goes on where it was.',
  would: 'pause',
  run: async ({ webhooks, id, out }) => {
    const webhook = await webhooks.change(id, { state: 'paused' })
    out.answer(webhook, `webhook ${id} paused at position ${webhook.position}`)
    return undefined
  },
})
