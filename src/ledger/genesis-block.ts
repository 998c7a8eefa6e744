import { emptyRoot, encodeCoseKey, type Genesis } from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import { appHashOf } from './blocks.ts'
import type { Block } from './ledger.ts'
import { writeGenesisAlliance } from './modules/alliance-objects.ts'
import { registerKey } from './modules/keys.ts'
import { type Module, moduleKey } from './modules/module.ts'
import { writeGenesisValidators } from './modules/validators.ts'
import { planState, type StateChanges, type StatePlan } from './state/state-tree.ts'
import { StateOverlay, writeObject } from './state/state-view.ts'

/** The block of height 0, which nobody signs, with the state that it stands for. */
export function genesisBlock(
  genesis: Genesis,
  modules: Iterable<Module>,
): {
  readonly block: Block
  readonly values: StateChanges
  readonly pages: StatePlan['pages']
} {
  const { changes: values } = genesisState(genesis, modules)
  const { root: stateRoot, pages } = planState(values, { page: () => undefined })
  const appHash = appHashOf(0, emptyRoot, stateRoot)
  const place = { height: 0, time: genesis.time, firstIndex: 0, count: 0 }
  const block = { ...place, logRoot: emptyRoot, stateRoot, appHash, signatures: [] }
  return { block, values, pages }
}

/** The state at height 0: the founding member with its key, the validators, the modules. */
function genesisState(genesis: Genesis, modules: Iterable<Module>): StateOverlay {
  const state = new StateOverlay({ get: () => undefined })
  const { id, key } = genesis.member
  writeGenesisAlliance(state, genesis)
  const kid = registerKey(state, `member/${id}`, encodeCoseKey(key))
  assert(typeof kid === 'string', 'the first key of a ledger is not registered yet')
  writeGenesisValidators(state, genesis.validators)
  for (const { name } of modules) writeObject(state, moduleKey(name), { versions: [[1, 0]] })
  return state
}
