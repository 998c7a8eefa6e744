import type { Arguments } from '../arguments.ts'
import { fail } from '../fail.ts'
import { object, text, whole } from '../json-schema.ts'
import { wholeNumber } from '../values.ts'
import { oneWebhook } from '../webhook-command.ts'

const fromOf = (args: Arguments) =>
  wholeNumber(args, 'from', { min: 0, max: Number.MAX_SAFE_INTEGER })

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
  check: (args) => {
    if ((fromOf(args) === undefined) !== args.has('dead-letters')) {
      throw fail('CLI_OPTION_MISSING', 'Give one of --from N and --dead-letters.')
    }
  },
  run: async ({ webhooks, id, args, out }) => {
    const from = fromOf(args)
    const { count } = await webhooks.replay(
      id,
      from === undefined ? { deadLetters: true } : { from },
    )
    out.answer({ id, count }, `${count} ${from === undefined ? 'dead letters' : 'positions'} again`)
    return undefined
  },
})
