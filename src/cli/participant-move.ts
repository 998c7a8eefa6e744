import { controlAct } from '@openbsn/sdk'
import type { Command } from './command.ts'
import { connectionOptions } from './connection.ts'
import { actorOption, connectAsMember, presentObject, submitControl } from './control.ts'
import { flag, object, text, whole } from './json-schema.ts'
import { expectOption } from './move-command.ts'
import { wholeNumber } from './values.ts'

/** An act that moves one participant of a service on. */
export type ParticipantMove = {
  readonly verb: 'join' | 'leave' | 'approve' | 'reject' | 'remove'
  readonly done: string
  readonly description: string
  /** True where participants do it to themselves, and need not say who they are. */
  readonly isOwn: boolean
}

/** The command of one such act. */
export function participantMove({ verb, done, description, isOwn }: ParticipantMove): Command {
  const example = isOwn ? 'pledges --as shop.participant' : 'pledges shop'
  return {
    description,
    examples: [`bsn participant ${verb} ${example}`],
    operands: [
      { name: 'SERVICE', summary: 'Which service', required: true },
      { name: 'ID', summary: isOwn ? 'Which participant; you' : 'Which one', required: !isOwn },
    ],
    options: {
      ...expectOption,
      ...(isOwn ? actorOption : {}),
      'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
      ...connectionOptions,
    },
    output: object({
      participant: text,
      service: text,
      version: whole,
      ledger: text,
      'index?': whole,
      'height?': whole,
      'dryRun?': flag,
    }),
    run: async (args, { out, clock }) => {
      const wanted = wholeNumber(args, 'expect', { min: 1, max: Number.MAX_SAFE_INTEGER })
      const { client, ledger, member } = await connectAsMember(args)
      const service = args.operand(0)
      // The id of a participant's key is that of its service and its own.
      const id = args.operands[1] ?? member.id.replace(/^.*\//, '')
      const present = await presentObject(client, `participant/${service}/${id}`)
      const expect = wanted ?? Number(present.get('version'))
      const answer = { participant: id, service, version: expect + 1, ledger }
      if (args.has('dry-run')) {
        const shown = { ...answer, version: expect, dryRun: true }
        out.answer(shown, `would ${verb} participant ${id} of ${service}`)
        return undefined
      }
      const act = controlAct(`participant-${verb}`, { service, id, expect })
      const place = await submitControl(act, { client, ledger, member, clock })
      const what = `participant ${id} of ${service} ${done} (entry ${place.index})`
      out.answer({ ...answer, ...place }, what)
      return undefined
    },
  }
}
