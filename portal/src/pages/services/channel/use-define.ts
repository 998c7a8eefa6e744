import { decodeCbor, fromBase64url, type PortalAct } from '@openbsn/sdk'
import { useRef } from 'react'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { useDraft } from '../own/use-draft.ts'
import { isPreset } from './preset-functions.ts'

/** What a channel is to have under a name. */
export type Wish = { readonly name: string; readonly package: string; readonly policy?: string }

/**
 * Defines a contract; the same wish again, while no answer came, is the same definition. An archive
 * that the name has already is not defined anew: then the act is that which was done here, if any.
 */
export function useDefine(service: string) {
  const { id: ledger, client } = useLedger()
  const act = useAct()
  const draft = useDraft<number>()
  const last = useRef<{ readonly wish: string; readonly act: PortalAct }>(undefined)

  async function present(name: string) {
    const { value } = await client.state(`contract/${service}/${name}`)
    const bytes = value === null ? undefined : fromBase64url(value)
    const object = bytes && decodeCbor(bytes)
    return object instanceof Map ? object : new Map<unknown, unknown>()
  }

  return async (wish: Wish): Promise<PortalAct | undefined> => {
    const text = JSON.stringify(wish)
    const before = await present(wish.name)
    const isThere = before.get('package') === wish.package && before.get('policy') === wish.policy
    if (isThere && !isPreset(wish.package)) {
      return last.current?.wish === text ? last.current.act : undefined
    }
    const done = await draft(
      wish,
      () => Number(before.get('sequence') ?? 0) + 1,
      (sequence) => act('contract-define', { service, ...wish, sequence }, { ledger }),
    )
    last.current = { wish: text, act: done }
    return done
  }
}
