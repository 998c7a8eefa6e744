import type { Arguments } from '../arguments.ts'
import { fail } from '../fail.ts'
import { object, text, whole } from '../json-schema.ts'
import { wholeNumber } from '../values.ts'
import { oneWebhook } from '../webhook-command.ts'

const placeOf = (args: Arguments, name: 'from' | 'position') =>
  wholeNumber(args, name, { min: 0, max: Number.MAX_SAFE_INTEGER })

/** What is to be sent again; undefined where not just one of the ways is said. */
function askedIn(args: Arguments) {
  const [from, position] = [placeOf(args, 'from'), placeOf(args, 'position')]
  const ways = [
    ...(from === undefined ? [] : [{ from }]),
    ...(position === undefined ? [] : [{ position }]),
    ...(args.has('dead-letters') ? [{ deadLetters: true } as const] : []),
  ]
  return ways.length === 1 ? ways[0] : undefined
}

export const command = oneWebhook({
  verb: 'replay',
  description:
    'Sends again everything from a position, the event of one position, or each dead letter ' +
    'once. Receivers know a repeat by its id.',
  examples: [
    'bsn webhook replay wh_4hJc --from 1000 --credential shop.credential',
    'bsn webhook replay wh_4hJc --position 1000 --credential shop.credential',
    'bsn webhook replay wh_4hJc --dead-letters --credential shop.credential',
  ],
  options: {
    from: { type: 'string', value: 'N', summary: 'First position to send again' },
    position: { type: 'string', value: 'N', summary: 'Position of the one event to send again' },
    'dead-letters': { type: 'boolean', summary: 'Send what was given up' },
  },
  would: 'replay',
  output: object({ id: text, count: whole }),
  check: (args) => {
    if (askedIn(args)) return
    const message = 'Give one of --from N, --position N and --dead-letters.'
    throw fail('CLI_OPTION_MISSING', message)
  },
  run: async ({ webhooks, id, args, out }) => {
    const asked = askedIn(args) ?? { deadLetters: true }
    const { count } = await webhooks.replay(id, asked)
    const what = 'deadLetters' in asked ? 'dead letters' : 'positions'
    out.answer({ id, count }, `${count} ${what} again`)
    return undefined
  },
})
