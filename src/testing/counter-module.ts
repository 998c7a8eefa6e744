import type { CborValue } from '@openbsn/sdk'
import { type Act, type Module, moduleKey } from '../ledger/modules/module.ts'
import { readObject, type State, writeObject } from '../ledger/state/state-view.ts'

/**
 * A module for tests of what all modules share. Version 1 counts by one, version 2 by ten;
 * `switch` says from which height version 2 holds. A step that is asked to refuse has written
 * already by then.
 */
export const counterModule: Module = {
  name: 'bsn:counters',
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.counter-step+cbor': stepBy(1),
        'application/vnd.openbsn.counter-switch+cbor': scheduleNext,
      },
    },
    { version: 2, acts: { 'application/vnd.openbsn.counter-step+cbor': stepBy(10) } },
  ],
}

function stepBy(by: number) {
  return ({ payload }: Act, state: State) => {
    writeObject(state, 'counter', { count: countIn(state) + by })
    state.delete('counter-gone')
    if (payload.get('refuse') !== true) return undefined
    return { code: 'ACT_CONFLICT', detail: 'As the test wanted.' }
  }
}

function scheduleNext({ payload }: Act, state: State): undefined {
  const versions: CborValue[] = [
    [1, 0],
    [2, payload.get('height') ?? 0],
  ]
  writeObject(state, moduleKey('bsn:counters'), { versions })
}

/** What has been counted. */
export function countIn(state: Pick<State, 'get'>): number {
  return Number(readObject(state, 'counter')?.get('count') ?? 0)
}
