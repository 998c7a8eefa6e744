import {
  type CborMap,
  decodeCbor,
  decodeStateProof,
  fromBase64url,
  fromHex,
  isCodedError,
  type StateAnswer,
  verifyCheckpoints,
  verifyKeyBundle,
  verifyStateProof,
} from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLedger } from '../../app/ledger.tsx'
import { checkByKeys } from './by-keys.ts'

export type ProvenObject = {
  /** Undefined where the ledger has none, which is proven too. */
  readonly object: CborMap | undefined
  readonly height: number
  readonly signers: readonly string[]
  /** Why the proof does not hold; undefined where it does. */
  readonly error: string | undefined
}

/** An object of the state, with its proof verified in the browser. */
export function useObject(key: string | undefined) {
  const ledger = useLedger()
  const { id, client } = ledger
  const queries = useQueryClient()
  return useQuery({
    queryKey: [id, 'state', key],
    queryFn: async () => {
      const { result } = await checkByKeys({
        queries,
        ledger,
        ask: () => client.state(key ?? ''),
        check: (answer, keys) => proven(answer, keys, { ledger: id, key: key ?? '' }),
        holds: ({ error }) => error === undefined,
      })
      return result
    },
    enabled: key !== undefined,
  })
}

type Asked = { readonly ledger: string; readonly key: string }

function proven(answer: StateAnswer, keys: Uint8Array, { ledger, key }: Asked): ProvenObject {
  const { height } = answer.checkpoint
  const bytes = answer.value === null ? null : bytesOf(answer.value)
  const value = bytes === null ? undefined : decodeCbor(bytes)
  const object = value instanceof Map ? value : undefined
  try {
    const signed = answer.checkpoint.checkpoints.map(bytesOf)
    const { stateRoot, signers } = verifyCheckpoints(signed, verifyKeyBundle(keys, ledger))
    verifyStateProof(decodeStateProof(bytesOf(answer.proof)), { stateRoot, key, value: bytes })
    return { object, height, signers, error: undefined }
  } catch (error) {
    if (!isCodedError(error)) throw error
    return { object, height, signers: [], error: `${error.code}: ${error.message}` }
  }
}

const bytesOf = (text: string) => fromBase64url(text) ?? new Uint8Array()

/** Hex digits of a thumbprint; undefined for what is none. */
export function thumbprintOf(text: string | undefined): string | undefined {
  const bytes = text === undefined ? undefined : fromHex(text.toLowerCase())
  return bytes?.length === 32 ? text?.toLowerCase() : undefined
}
