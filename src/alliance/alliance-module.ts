import type { Refusal } from '../crypto/check-statement.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import { type Act, checkFields, idOf, type Module } from '../ledger/modules/module.ts'
import type { State } from '../ledger/state/state-view.ts'

/** The owner of the keys that a member's city nodes sign with. */
export const operatorOf = (member: string) => `operator/${member}`

/** A member gives its city nodes a key of their own, which does not speak for the member. */
function registerOperatorKey({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { key: 'bytes' })
  if (wrong) return wrong
  const kid = registerKey(state, operatorOf(idOf(owner)), payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}

export const allianceModule: Module = {
  name: 'bsn:alliance',
  versions: [
    {
      version: 1,
      acts: { 'application/vnd.openbsn.operator-key-register+cbor': registerOperatorKey },
    },
  ],
}
