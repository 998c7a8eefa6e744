import { fail } from '../fail.ts'
import { object, text, whole } from '../json-schema.ts'
import { wholeNumber } from '../values.ts'
import { oneWebhook } from '../webhook-command.ts'

export const command = oneWebhook({
  verb: 'replay',
  description:
    'Sends again everything from a position, or each dead letter once. Receivers know a repeat ' +
    'by its id.',
  examples: [
    'bsn webhook replay wh_4hJc --from 1000 --credential shop.credential',
    'bsn webhook replay wh_4hJc --dead-letters --credential shop.credential',
  ],
  options: {
    from: { type: 'string', value: 'N', summary: 'First position to send again' },
    'dead-letters': { type: 'boolean', summary: 'Send what was given up' },
  },
  would: 'replay',
  output: object({ id: text, count: whole }),
  run: async ({ webhooks, id, args, out }) => {
    const from = wholeNumber(args, 'from', { min: 0, max: Number.MAX_SAFE_INTEGER })
    if ((from !== undefined) === args.has('dead-letters')) {
      throw fail('CLI_OPTION_MISSING', 'Give one of --from N and --dead-letters.')
    }
    const { count } = await webhooks.replay(
      id,
      from === undefined ? { deadLetters: true } : { from },
    )
    out.answer({ id, count }, `${count} ${from === undefined ? 'dead letters' : 'positions'} again`)
    return undefined
  },
})
