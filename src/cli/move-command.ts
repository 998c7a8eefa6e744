import type { CborValue } from '@openbsn/sdk'
import type { Command } from './command.ts'
import { connectionOptions } from './connection.ts'
import { connectAsMember, presentObject, submitControl } from './control.ts'
import { flag, object, text, whole } from './json-schema.ts'
import { wholeNumber } from './values.ts'

/** An act that brings a service or credential into another condition. */
export type Move = {
  readonly kind: 'service' | 'credential'
  readonly verb: 'freeze' | 'unfreeze' | 'retire' | 'revoke'
  /** Such as `frozen`: what the object is then. */
  readonly done: string
  readonly description: string
}

/** The command of one move. It names the version that it saw: what others do meanwhile stays. */
export function moveCommand({ kind, verb, done, description }: Move): Command {
  const isService = kind === 'service'
  const name = isService ? 'NAME' : 'ID'
  const example = isService ? 'flights' : 'cred_22d43ad8065f91d5'
  return {
    description,
    examples: [`bsn ${kind} ${verb} ${example}`],
    operands: [{ name, summary: `Which ${kind}`, required: true }],
    options: {
      expect: {
        type: 'string',
        value: 'N',
        summary: 'Version that it must have; the present one where not said',
      },
      'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
      ...connectionOptions,
    },
    output: object({
      [kind]: text,
      version: whole,
      ledger: text,
      'index?': whole,
      'height?': whole,
      'dryRun?': flag,
    }),
    run: async (args, { out, clock }) => {
      const id = args.operand(0)
      const wanted = wholeNumber(args, 'expect', { min: 1, max: Number.MAX_SAFE_INTEGER })
      const { client, ledger, member } = await connectAsMember(args)
      const present = await presentObject(client, `${kind}/${id}`)
      const expect = wanted ?? Number(present.get('version'))
      const answer = { [kind]: id, version: expect + 1, ledger }
      if (args.has('dry-run')) {
        out.answer({ ...answer, version: expect, dryRun: true }, `would ${verb} ${kind} ${id}`)
        return undefined
      }
      const payload = new Map<string, CborValue>([
        ['id', id],
        ['expect', expect],
      ])
      const act = { module: `bsn:${kind}s`, act: `${kind}-${verb}`, payload }
      const place = await submitControl(act, { client, ledger, member, clock })
      out.answer({ ...answer, ...place }, `${kind} ${id} ${done} (entry ${place.index})`)
      return undefined
    },
  }
}
