import { randomBytes } from 'node:crypto'
import { type Client, carriedAct, controlAct, toHex } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { submitControl } from '../control.ts'
import { anything, flag, list, object, text, whole } from '../json-schema.ts'
import { connectAsVoter, memberOption } from '../member-file.ts'
import { actOptions, proposable, proposedAct } from '../proposed-acts.ts'
import { isoTime, timeSeconds } from '../values.ts'

const week = 7 * 86_400

export const command: Command = {
  description:
    'What could not run now is refused at once. A proposal says nothing for its proposer: vote, ' +
    `too. ${Object.entries(proposable)
      .map(
        ([word, { target, summary }]) => `${[word, target].filter(Boolean).join(' ')}: ${summary}`,
      )
      .join('. ')}.`,
  examples: [
    'bsn alliance propose admit bob --key pQECAyYgASFYIH… --reason "Runs the node in Oslo"',
    'bsn alliance propose rules --threshold 3/4 --reason "We are five now"',
    'bsn alliance propose freeze service/pledges --reason "Case 17" --as eve.member',
    'bsn alliance propose stop --reason "A key of the gateway is out"',
  ],
  operands: [
    { name: 'WHAT', summary: Object.keys(proposable).join(', '), required: true },
    { name: 'WHOM', summary: 'Which member, object or version', required: false },
  ],
  options: {
    reason: { type: 'string', value: 'TEXT', required: true, summary: 'Why, for those who vote' },
    title: { type: 'string', value: 'TEXT', summary: 'In a few words; WHAT and WHOM if not said' },
    id: { type: 'string', value: 'NAME', summary: 'Id of the proposal; one by chance if not said' },
    deadline: { type: 'string', value: 'TIME', summary: 'Until when it is voted on; a week ahead' },
    ...actOptions,
    ...memberOption,
    'dry-run': { type: 'boolean', summary: 'Put it together, send nothing' },
    ...connectionOptions,
  },
  output: object({
    proposal: text,
    title: text,
    deadline: text,
    ledger: text,
    'changes?': list(anything),
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const { client, ledger, member } = await connectAsVoter(args)
    const carried = await proposedAct(args, client)
    const title = args.optional('title') ?? args.operands.join(' ')
    const id = args.optional('id') ?? `${args.operand(0)}-${toHex(new Uint8Array(randomBytes(4)))}`
    const deadline = await deadlineOf(args, client, clock.nowSeconds())
    const answer = { proposal: id, title, deadline: isoTime(deadline), ledger }
    if (args.has('dry-run')) {
      out.answer({ ...answer, dryRun: true }, `would propose ${title} until ${answer.deadline}`)
      return undefined
    }
    const reason = args.value('reason')
    const proposal = { id, title, reason, acts: [carriedAct(carried)], deadline }
    const act = controlAct('alliance-propose', proposal)
    const place = await submitControl(act, { client, ledger, member, clock })
    const { changes = [] } = await client.proposal(id)
    const said = `proposed as ${id}: ${title}, until ${answer.deadline} (entry ${place.index})`
    out.answer({ ...answer, changes, ...place }, said)
    out.note(`next, by each member: bsn alliance vote ${id} yes`)
    return undefined
  },
}

/** A week ahead, where the alliance's rules let a vote go on for so long. */
async function deadlineOf(args: Arguments, client: Client, now: number): Promise<number> {
  const given = timeSeconds(args, 'deadline')
  if (given !== undefined) return given
  const { deadlineMin, deadlineMax } = await client.alliance()
  // Clocks differ: a minute from both bounds.
  return now + Math.min(Math.max(week, deadlineMin + 60), Math.max(deadlineMin, deadlineMax - 60))
}
