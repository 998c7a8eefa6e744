import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'resume',
  description: 'Of one that is paused, or that was disabled after too many failures.',
  would: 'resume',
  run: async ({ webhooks, id, out }) => {
    const webhook = await webhooks.change(id, { state: 'active' })
    out.answer(webhook, `webhook ${id} goes on at position ${webhook.position}`)
    return undefined
  },
})
