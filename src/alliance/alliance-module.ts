import type { Refusal } from '../crypto/check-statement.ts'
import { allianceKey } from '../ledger/modules/alliance-objects.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  expectObject,
  idOf,
  kindOf,
  type Module,
  notAllowed,
} from '../ledger/modules/module.ts'
import { changeObject, type State } from '../ledger/state/state-view.ts'
import { registerNode, retireNode, updateNode } from './node-acts.ts'

/** The alliance itself: its operators' keys, its policy, its city nodes. */

/** An act that an operator's key may not do. */
const byMember =
  (handler: ActHandler): ActHandler =>
  (act, state) =>
    kindOf(act.owner) === 'member' ? handler(act, state) : notAllowed('Only members do that.')

/** A member gives its city nodes a key of their own, which does not speak for the member. */
function registerOperatorKey({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { key: 'bytes' })
  if (wrong) return wrong
  const kid = registerKey(state, `operator/${idOf(owner)}`, payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}

/** Version 1 is for an alliance of one member, which decides alone; more of them vote. */
function setPolicy({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { expect: 'number', serviceReview: 'flag' })
  if (wrong) return wrong
  const object = expectObject(state, allianceKey, payload.get('expect'))
  if (!(object instanceof Map)) return object
  const members = object.get('members')
  if (!Array.isArray(members) || members.length !== 1) {
    return notAllowed('An alliance of several members changes its policy by vote.')
  }
  const serviceReview = payload.get('serviceReview') === true
  changeObject(state, allianceKey, object, { serviceReview })
  return undefined
}

export const allianceModule: Module = {
  name: 'bsn:alliance',
  signers: ['member', 'operator'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.operator-key-register+cbor': byMember(registerOperatorKey),
        'application/vnd.openbsn.alliance-policy+cbor': byMember(setPolicy),
        'application/vnd.openbsn.node-register+cbor': registerNode,
        'application/vnd.openbsn.node-update+cbor': updateNode,
        'application/vnd.openbsn.node-retire+cbor': retireNode,
      },
    },
  ],
}
