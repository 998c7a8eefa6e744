import type { Refusal } from '../crypto/check-statement.ts'
import { alone, whyNotAlone } from '../ledger/modules/alliance-objects.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  idOf,
  kindOf,
  type Module,
  notAllowed,
  type VotedHandler,
  type VotedKind,
} from '../ledger/modules/module.ts'
import type { State } from '../ledger/state/state-view.ts'
import { registerGroup, retireGroup, retireGroupByVote } from './group-acts.ts'
import { admitMember, removeMember, replaceKey, setPower } from './member-acts.ts'
import { registerNode, retireByVote, retireNode, updateNode } from './node-acts.ts'
import { close, execute, propose, vote } from './proposal-acts.ts'
import { setRoots } from './roots-acts.ts'
import { setPolicy, setRules, setSoftware, setStopped } from './rules-acts.ts'

/**
 * The alliance itself: its members and how they vote, its operators' keys, its rules, its city
 * nodes, its groups. Who is alone does by itself what several members vote on.
 */

const typeOf = (act: string) => `application/vnd.openbsn.${act}+cbor`
const byVote = (kind: VotedKind, run: ActHandler): VotedHandler => ({ kind, run })

/** An act that an operator's key may not do. */
const byMember =
  (handler: ActHandler): ActHandler =>
  (act, state, voted) =>
    kindOf(act.owner) === 'member'
      ? handler(act, state, voted)
      : notAllowed('Only members do that.')

/** A member gives its city nodes a key of their own, which does not speak for the member. */
function registerOperatorKey({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { key: 'bytes' })
  if (wrong) return wrong
  const kid = registerKey(state, `operator/${idOf(owner)}`, payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}

export const allianceModule: Module = {
  name: 'bsn:alliance',
  signers: ['member', 'operator'],
  versions: [
    {
      version: 1,
      acts: {
        [typeOf('operator-key-register')]: byMember(registerOperatorKey),
        [typeOf('alliance-policy')]: byMember((act, state) => setPolicy(act, state, whyNotAlone)),
        [typeOf('alliance-rules')]: alone(setRules),
        [typeOf('alliance-admit')]: alone(admitMember),
        [typeOf('alliance-stop')]: alone(setStopped(true)),
        [typeOf('alliance-resume')]: alone(setStopped(false)),
        [typeOf('alliance-software')]: alone(setSoftware),
        [typeOf('alliance-roots')]: alone(setRoots),
        [typeOf('alliance-propose')]: byMember(propose),
        [typeOf('alliance-vote')]: byMember(vote),
        [typeOf('alliance-execute')]: execute,
        [typeOf('alliance-close')]: close,
        [typeOf('node-register')]: registerNode,
        [typeOf('node-update')]: updateNode,
        [typeOf('node-retire')]: retireNode,
        [typeOf('group-register')]: alone(registerGroup),
        [typeOf('group-retire')]: alone(retireGroup),
      },
      voted: {
        [typeOf('alliance-policy')]: byVote('policy', (act, state) =>
          setPolicy(act, state, () => undefined),
        ),
        [typeOf('alliance-rules')]: byVote('policy', setRules),
        [typeOf('alliance-admit')]: byVote('members', admitMember),
        [typeOf('alliance-remove')]: byVote('members', removeMember),
        [typeOf('alliance-power')]: byVote('members', setPower),
        [typeOf('alliance-replace-key')]: byVote('members', replaceKey),
        [typeOf('alliance-stop')]: byVote('stop', setStopped(true)),
        [typeOf('alliance-resume')]: byVote('stop', setStopped(false)),
        [typeOf('alliance-software')]: byVote('software', setSoftware),
        [typeOf('alliance-roots')]: byVote('policy', setRoots),
        [typeOf('node-retire')]: byVote('freeze', retireByVote),
        [typeOf('group-register')]: byVote('policy', registerGroup),
        [typeOf('group-retire')]: byVote('policy', retireGroupByVote),
      },
      longLived: [typeOf('alliance-vote')],
    },
  ],
}
