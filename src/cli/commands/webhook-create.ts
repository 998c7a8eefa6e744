import type { Command } from '../command.ts'
import { connectByCredential, credentialOptions } from '../credential-connection.ts'
import { flag, object, text } from '../json-schema.ts'
import { wholeNumber } from '../values.ts'
import { webhookSchema } from '../webhook-document.ts'

export const command: Command = {
  description:
    'Each event of the service is sent to the URL as CloudEvents 1.0, signed as Standard ' +
    'Webhooks has it. The secret to verify with is shown now, and never again. Needs the scope ' +
    'webhooks:write.',
  examples: [
    'bsn webhook create https://shop.example/hooks --credential shop.credential',
    'bsn webhook create https://shop.example/hooks --credential shop.credential --key order/7 ' +
      '--from 0',
  ],
  operands: [{ name: 'URL', summary: 'Where to send events', required: true }],
  options: {
    key: { type: 'string', value: 'KEY', summary: 'Only records under this key' },
    'content-type': { type: 'string', value: 'TYPE', summary: 'Only records of this type' },
    from: { type: 'string', value: 'N', summary: 'First position; what comes from now on' },
    'dry-run': { type: 'boolean', summary: 'Check what can be checked here, send nothing' },
    ...credentialOptions,
  },
  output: { oneOf: [webhookSchema, object({ url: text, service: text, dryRun: flag })] },
  run: async (args, { out, clock }) => {
    const url = args.operand(0)
    const from = wholeNumber(args, 'from', { min: 0, max: Number.MAX_SAFE_INTEGER })
    const [key, contentType] = [args.optional('key'), args.optional('content-type')]
    const { client, service } = await connectByCredential(args, clock)
    if (args.has('dry-run')) {
      out.answer({ url, service, dryRun: true }, `would send events of ${service} to ${url}`)
      return undefined
    }
    const webhook = await client.webhooks(service).create({
      url,
      filter: {
        ...(key === undefined ? {} : { key }),
        ...(contentType === undefined ? {} : { contentType }),
      },
      ...(from === undefined ? {} : { from }),
    })
    out.answer(webhook, `webhook ${webhook.id} created\nsecret: ${webhook.secret}`)
    out.note('this is the only time that the secret is shown')
    return undefined
  },
}
