import type { WebhookObject, Webhooks } from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { Command, OptionSpec } from './command.ts'
import { connectByCredential, credentialOptions } from './credential-connection.ts'
import type { JsonSchema } from './json-schema.ts'
import { flag, object, text } from './json-schema.ts'
import type { Output } from './output.ts'
import { webhookSchema } from './webhook-document.ts'

/** A command about one webhook of the credential. */
export type OneWebhook = {
  readonly verb: string
  readonly description: string
  readonly options?: Readonly<Record<string, OptionSpec>>
  readonly examples?: readonly string[]
  readonly output?: JsonSchema
  /** Given where it changes something: what `--dry-run` says that it would do. */
  readonly would?: string
  /** Refuses options that do not go together, also where nothing is changed. */
  readonly check?: (args: Arguments) => void
  readonly run: (context: {
    readonly webhooks: Webhooks
    readonly id: string
    readonly args: Arguments
    readonly out: Output
  }) => Promise<number | undefined>
}

/** With --dry-run the webhook is looked at, and nothing is changed. */
export function oneWebhook({ verb, description, options, would, ...one }: OneWebhook): Command {
  const dryRun = {
    'dry-run': { type: 'boolean', summary: 'Check everything, change nothing' },
  } as const
  const example = `bsn webhook ${verb} wh_4hJc --credential flights.credential`
  const output = one.output ?? webhookSchema
  const dry = object({ id: text, url: text, dryRun: flag })
  return {
    description,
    examples: one.examples ?? [example],
    operands: [{ name: 'ID', summary: 'Which webhook', required: true }],
    options: { ...options, ...(would === undefined ? {} : dryRun), ...credentialOptions },
    output: would === undefined ? output : { oneOf: [output, dry] },
    run: async (args, { out, clock }) => {
      one.check?.(args)
      const { client, service } = await connectByCredential(args, clock)
      const webhooks = client.webhooks(service)
      const id = args.operand(0)
      if (would !== undefined && args.has('dry-run')) {
        const { url }: WebhookObject = await webhooks.get(id)
        out.answer({ id, url, dryRun: true }, `would ${would} webhook ${id} (${url})`)
        return undefined
      }
      return one.run({ webhooks, id, args, out })
    },
  }
}
