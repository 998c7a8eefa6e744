import { type ControlName, controlAct } from '@openbsn/sdk'
import type { Command, OptionSpec } from './command.ts'
import { connectionOptions, rootOptions } from './connection.ts'
import { actorOption, connectAsMember, presentObject, submitControl } from './control.ts'
import { flag, type JsonSchema, object, text, whole } from './json-schema.ts'
import { wholeNumber } from './values.ts'

/** An act that brings a service, credential, node or group into another condition. */
export type Move = {
  readonly kind: 'service' | 'credential' | 'node' | 'group'
  readonly verb: 'submit' | 'approve' | 'reject' | 'freeze' | 'unfreeze' | 'retire' | 'revoke'
  /** Such as `frozen`: what the object is then. */
  readonly done: string
  readonly description: string
}

/** The moves of all kinds: each is an object and the version that it must have. */
type MoveName = Extract<ControlName, `${Move['kind']}-${Move['verb']}`>

const examples = {
  service: 'flights',
  credential: 'cred_22d43ad8065f91d5',
  node: 'beijing',
  group: 'airlines',
}

/** The version that a change is meant for: what others did meanwhile is not overwritten. */
export const expectOption = {
  expect: {
    type: 'string',
    value: 'N',
    summary: 'Version that it must have; the present one where not said',
  },
} as const satisfies Record<string, OptionSpec>

/** What a change of an object prints; `kind` is the name of the member with its id. */
export function changeSchema(kind: string): JsonSchema {
  return object({
    [kind]: text,
    version: whole,
    ledger: text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  })
}

/** The command of one move. It names the version that it saw: what others do meanwhile stays. */
export function moveCommand({ kind, verb, done, description }: Move): Command {
  const name = kind === 'service' || kind === 'group' ? 'NAME' : 'ID'
  const example = examples[kind]
  return {
    description,
    examples: [`bsn ${kind} ${verb} ${example}`],
    operands: [{ name, summary: `Which ${kind}`, required: true }],
    options: {
      ...expectOption,
      ...(kind === 'credential' ? actorOption : {}),
      'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
      ...(kind === 'group' ? rootOptions : connectionOptions),
    },
    output: changeSchema(kind),
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
      // The table of commands has no verb that the kind has not.
      const act = controlAct(`${kind}-${verb}` as MoveName, { id, expect })
      const place = await submitControl(act, { client, ledger, member, clock })
      out.answer({ ...answer, ...place }, `${kind} ${id} ${done} (entry ${place.index})`)
      return undefined
    },
  }
}
