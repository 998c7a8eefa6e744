import type { Act, CarriedAct, VotedEffects } from './act.ts'
import { modules } from './acts.ts'
import { list, readObject, refuseAs } from './fields.ts'
import type { StateTrie } from './state-trie.ts'

/** The version of every module's rules that this code has. */
const known = 1

/** @throws NOT_ALLOWED where a module goes by rules that this code does not have */
export function requireVersion(state: StateTrie, module: string, height: number): void {
  const object = readObject(state, `module/${module}`)
  const steps = object ? list(object, 'versions') : []
  const step = steps.findLast((one) => Array.isArray(one) && Number(one[1]) <= height)
  if (Array.isArray(step) && step[0] === known) return
  refuseAs('MODULE_UNKNOWN', `the rules of ${module} at height ${height} are not known here`)
}

/** What votes can decide, in the place of the act that carries it. */
export class VotedRules implements VotedEffects {
  readonly #state: StateTrie
  readonly #act: Act

  constructor(state: StateTrie, act: Act) {
    this.#state = state
    this.#act = act
  }

  kindOf(carried: CarriedAct): string {
    return this.#find(carried, this.#state).kind
  }

  run(carried: CarriedAct, state: StateTrie): void {
    const act = { ...this.#act, payload: carried.payload, owner: 'voters/all' }
    this.#find(carried, state).effect(act, state, this)
  }

  #find({ module, contentType }: CarriedAct, state: StateTrie) {
    requireVersion(state, module, this.#act.height)
    const { voted = {} } = Object.hasOwn(modules, module) ? (modules[module] ?? {}) : {}
    const [, name = ''] = /^application\/vnd\.openbsn\.(.+)\+cbor$/.exec(contentType) ?? []
    const found = Object.hasOwn(voted, name) ? voted[name] : undefined
    return found ?? refuseAs('ACT_UNKNOWN', `no vote decides ${contentType} of ${module}`)
  }
}
