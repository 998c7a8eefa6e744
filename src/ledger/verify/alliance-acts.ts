import type { Act, Effects } from './act.ts'
import * as f from './fields.ts'
import { registerKey } from './key-acts.ts'
import type { StateTrie } from './state-trie.ts'

function operatorKeyRegister({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { key: 'bytes' })
  registerKey(state, owner.replace('member/', 'operator/'), payload.get('key'))
}

export const allianceEffects: Effects = { 'operator-key-register': operatorKeyRegister }
