import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  type Module,
  type VotedAct,
  type VotedActs,
  type VotedHandler,
  versionAt,
  votersOwner,
} from './modules/module.ts'
import type { StateReader } from './state/state-view.ts'

/** The acts that votes can decide, run in the place (height, index, time) of `act`. */
export function votedActs(modules: ReadonlyMap<string, Module>, act: Act): VotedActs {
  const find = ({ sub, contentType }: VotedAct, state: StateReader): VotedHandler | Refusal => {
    const module = modules.get(sub)
    const version = module && versionAt(module, state, act.height)
    if (!version) return { code: 'MODULE_UNKNOWN', detail: `There is no module ${sub}.` }
    const { voted = {} } = version
    const handler = Object.hasOwn(voted, contentType) ? voted[contentType] : undefined
    return handler ?? { code: 'ACT_UNKNOWN', detail: `No vote decides ${contentType} of ${sub}.` }
  }
  const actsOfVote: VotedActs = {
    kindOf: (one, state) => {
      const found = find(one, state)
      return 'code' in found ? found : found.kind
    },
    run: (one, state) => {
      const found = find(one, state)
      if ('code' in found) return found
      const { contentType, payload } = one
      return found.run({ ...act, contentType, payload, owner: votersOwner }, state, actsOfVote)
    },
  }
  return actsOfVote
}
