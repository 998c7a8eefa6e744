import { encodeCoseKey, type Genesis } from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import { writeGenesisAlliance } from './modules/alliance-objects.ts'
import { registerKey } from './modules/keys.ts'
import { type Module, moduleKey } from './modules/module.ts'
import { writeGenesisValidators } from './modules/validators.ts'
import { StateOverlay, writeObject } from './state/state-view.ts'

/** The state at height 0: the founding member with its key, the validators, the modules. */
export function genesisState(genesis: Genesis, modules: Iterable<Module>): StateOverlay {
  const state = new StateOverlay({ get: () => undefined })
  const { id, key } = genesis.member
  writeGenesisAlliance(state, genesis)
  const kid = registerKey(state, `member/${id}`, encodeCoseKey(key))
  assert(typeof kid === 'string', 'the first key of a ledger is not registered yet')
  writeGenesisValidators(state, genesis.validators)
  for (const { name } of modules) writeObject(state, moduleKey(name), { versions: [[1, 0]] })
  return state
}
