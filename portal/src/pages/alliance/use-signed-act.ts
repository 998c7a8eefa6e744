import { type ControlAct, encodeCbor, signControl, toHex } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { useLedger } from '../../app/ledger.tsx'
import { nowSeconds } from '../../parts/clock.ts'
import type { MemberKey } from './member-key.ts'
import { type ActPlace, createSignedActs } from './signed-acts.ts'

export type SendSigned = (
  act: ControlAct,
  member: MemberKey,
  how?: { readonly lifetimeSeconds?: number },
) => Promise<ActPlace>

/** How a page does an act of a member: signed here, by its own key. Rejects with the refusal. */
export function useSignedAct(): SendSigned {
  const { id: ledger, client } = useLedger()
  const queries = useQueryClient()
  const acts = useRef<ReturnType<typeof createSignedActs>>(undefined)
  acts.current ??= createSignedActs()
  const { send } = acts.current
  return async (act, { id: iss, signer }, how = {}) => {
    const place = await send({
      name: `${ledger} ${iss} ${act.act} ${toHex(encodeCbor(act.payload))}`,
      sign: () => signControl(act, { ledger, iss, signer, nowSeconds: nowSeconds(), ...how }),
      submit: (statements) => client.submit(statements),
    })
    void queries.invalidateQueries({ queryKey: [ledger] })
    return place
  }
}
