import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  checkFields,
  conflict,
  type Module,
  notAllowed,
} from '../ledger/modules/module.ts'
import {
  readObject,
  type State,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'

/** Services: one log of records each, so far. Its id is its name, unique in the ledger. */

export const serviceKey = (id: string) => `service/${id}`

const idPattern = /^[a-z0-9][a-z0-9-]{1,62}$/
const frameworks: readonly unknown[] = ['records']

export type Service = { readonly publisher: string; readonly isRunning: boolean }

export function readService(state: StateReader, id: string): Service | undefined {
  const object = readObject(state, serviceKey(id))
  if (!object) return undefined
  return {
    publisher: String(object.get('publisher')),
    isRunning: object.get('status') === 'running',
  }
}

/** A member publishes a service; it runs at once. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, { id: 'text', framework: 'text' })
  if (wrong) return wrong
  if (!owner.startsWith('member/')) return notAllowed('Only a member publishes services.')
  const id = String(payload.get('id'))
  if (!idPattern.test(id)) {
    const rule = 'a service name has 2 to 63 of a-z, 0-9 and -, and begins with no -'
    return { code: 'ACT_INVALID', detail: `id: ${rule}.` }
  }
  const framework = payload.get('framework')
  if (!frameworks.includes(framework)) {
    return { code: 'FRAMEWORK_UNKNOWN', detail: `No framework ${framework} here: use records.` }
  }
  if (state.get(serviceKey(id))) return conflict(`A service ${id} exists already.`)
  const fields = { publisher: owner, framework: String(framework), status: 'running' }
  writeObject(state, serviceKey(id), fields)
  return undefined
}

export const servicesModule: Module = {
  name: 'bsn:services',
  versions: [{ version: 1, acts: { 'application/vnd.openbsn.service-create+cbor': create } }],
}
