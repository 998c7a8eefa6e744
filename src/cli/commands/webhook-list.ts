import type { Command } from '../command.ts'
import { connectByCredential, credentialOptions } from '../credential-connection.ts'
import { list, object } from '../json-schema.ts'
import { webhookSchema } from '../webhook-document.ts'

export const command: Command = {
  description: 'Those that this credential made.',
  examples: ['bsn webhook list --credential shop.credential'],
  options: credentialOptions,
  output: object({ webhooks: list(webhookSchema) }),
  run: async (args, { out, clock }) => {
    const { client, service } = await connectByCredential(args, clock)
    const webhooks = await client.webhooks(service).list()
    const rows = webhooks.map(({ id, state, position, head, held, reason, url }) => {
      return [id, state, `${position}/${head}`, held ?? reason ?? '', url]
    })
    const headings = ['ID', 'STATE', 'POSITION', 'WHY', 'URL']
    out.answer({ webhooks }, rows.length === 0 ? '' : out.table(headings, rows))
    if (rows.length === 0) out.note('no webhooks')
    return undefined
  },
}
