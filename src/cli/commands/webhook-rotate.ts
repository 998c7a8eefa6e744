import { object, text, whole } from '../json-schema.ts'
import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'rotate',
  description: 'Makes a new secret, shown once. For a while both sign, so that nothing is missed.',
  would: 'rotate the secret of',
  output: object({ id: text, secret: text, overlapSeconds: whole }),
  run: async ({ webhooks, id, out }) => {
    const { secret, overlapSeconds } = await webhooks.rotate(id)
    out.answer({ id, secret, overlapSeconds }, secret)
    out.note(`the secret before this one signs too for ${overlapSeconds} s`)
    return undefined
  },
})
