import type { CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { conflict } from '../ledger/modules/module.ts'
import { type State, writeObject } from '../ledger/state/state-view.ts'
import { type ApiKey, apiKeyKey } from './credential-state.ts'

/** Enough to know a key by, far from enough to guess it. */
const hintLengthMax = 16

/** Registers hashed API keys, `[SHA-256, hint]` each, for a credential. One is never used twice. */
export function registerApiKeys(
  state: State,
  credential: string,
  list: CborValue | undefined,
): ApiKey[] | Refusal {
  const keys: ApiKey[] = []
  for (const pair of Array.isArray(list) ? list : []) {
    const [sha256, hint, ...rest] = Array.isArray(pair) ? pair : []
    const isHash = sha256 instanceof Uint8Array && sha256.length === 32
    const isHint = typeof hint === 'string' && hint !== '' && hint.length <= hintLengthMax
    if (!isHash || !isHint || rest.length > 0) {
      const detail = `apiKeys: [SHA-256, hint of 1 to ${hintLengthMax} characters] each.`
      return { code: 'ACT_INVALID', detail }
    }
    if (state.get(apiKeyKey(sha256))) return conflict('That API key is registered already.')
    writeObject(state, apiKeyKey(sha256), { credential })
    keys.push({ sha256, hint, until: Number.POSITIVE_INFINITY })
  }
  return keys
}

/** As the state has them: without an end, `null` stands in its place. */
export function encodeApiKeys(keys: readonly ApiKey[]): CborValue[] {
  return keys.map(({ sha256, hint, until }) => [
    sha256,
    hint,
    until === Number.POSITIVE_INFINITY ? null : until,
  ])
}
