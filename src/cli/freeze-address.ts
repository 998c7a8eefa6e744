import { type Client, controlAct, isCodedError, toHex } from '@openbsn/sdk'
import { addressBytes, addressText } from './chain-address.ts'
import type { Command } from './command.ts'
import { connectionOptions } from './connection.ts'
import { connectAsMember, presentObject, submitControl } from './control.ts'
import { flag, object, text, whole } from './json-schema.ts'
import { expectOption } from './move-command.ts'
import { wholeNumber } from './values.ts'

type FreezeAddress = {
  readonly verb: 'freeze' | 'unfreeze'
  /** Such as `frozen`: what the address is then. */
  readonly done: string
  readonly description: string
}

const reasonOption = {
  reason: { type: 'string', value: 'TEXT', summary: 'Why, for whoever is refused' },
} as const

/** The publisher of an EVM service freezes an address on its chain, or lets it go on. */
export function freezeAddress({ verb, done, description }: FreezeAddress): Command {
  const example = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  const isFreeze = verb === 'freeze'
  return {
    description,
    examples: [
      `bsn service ${verb}-address coin ${example}${isFreeze ? ' --reason "Case 17"' : ''}`,
    ],
    operands: [
      { name: 'SERVICE', summary: 'Which service', required: true },
      { name: 'ADDRESS', summary: 'Of an account or contract', required: true },
    ],
    options: {
      ...(isFreeze ? reasonOption : {}),
      ...expectOption,
      'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
      ...connectionOptions,
    },
    output: object({
      ...{ address: text, service: text, version: whole, ledger: text },
      ...{ 'index?': whole, 'height?': whole, 'dryRun?': flag },
    }),
    run: async (args, { out, clock }) => {
      const service = args.operand(0)
      const address = addressBytes(args.operand(1))
      const wanted = wholeNumber(args, 'expect', { min: 0, max: Number.MAX_SAFE_INTEGER })
      const { client, ledger, member } = await connectAsMember(args)
      const expect = wanted ?? (await versionOf(client, `account/${service}/${toHex(address)}`))
      const told = addressText(address)
      const answer = { address: told, service, version: expect + 1, ledger }
      if (args.has('dry-run')) {
        const said = `would ${verb} ${told} in ${service}`
        out.answer({ ...answer, version: expect, dryRun: true }, said)
        return undefined
      }
      const reason = isFreeze ? args.optional('reason') : undefined
      const fields = { service, address, expect }
      const act = isFreeze
        ? controlAct('account-freeze', { ...fields, reason })
        : controlAct('account-unfreeze', fields)
      const place = await submitControl(act, { client, ledger, member, clock })
      out.answer({ ...answer, ...place }, `${told} ${done} in ${service} (entry ${place.index})`)
      return undefined
    },
  }
}

/** 0 for an address that was never frozen. */
async function versionOf(client: Client, key: string): Promise<number> {
  try {
    return Number((await presentObject(client, key)).get('version'))
  } catch (error) {
    if (isCodedError(error) && error.code === 'OBJECT_NOT_FOUND') return 0
    throw error
  }
}
