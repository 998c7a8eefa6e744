import {
  type ControlFields,
  type ControlName,
  createPortalClient,
  isCodedError,
  type PortalAct,
  type PortalMe,
} from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type ReactNode, useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import { Skeleton } from '../parts/loaded.tsx'
import { Problem } from '../parts/problem.tsx'
import { createActKeys } from './act-keys.ts'
import { guarded } from './proof.ts'
import { storeChoice, storedChoice } from './stored.ts'

/** The API of accounts, at the page's own origin. */
export const portalClient = createPortalClient({ portal: location.origin })

/** Whatever is asked with an account has a key that begins so: `['portal', …]`. */
export const portalKey = 'portal'
const meKey = [portalKey, 'me'] as const

/** That nobody is signed in is an answer too. */
async function askMe(): Promise<PortalMe | null> {
  try {
    return await portalClient.me()
  } catch (error) {
    if (isCodedError(error) && error.code === 'SIGN_IN_REQUIRED') return null
    throw error
  }
}

export type Session = {
  /** Whoever is signed in; undefined where nobody is, or it is not known yet. */
  readonly me: PortalMe | undefined
  readonly isLoading: boolean
  /** Why it cannot be known. */
  readonly error: Error | null
  /** Asks anew, with all that was asked for an account. */
  readonly refresh: () => Promise<void>
}

/** Who is signed in. */
export function useMe(): Session {
  const queries = useQueryClient()
  const { data, isPending, error } = useQuery({
    queryKey: meKey,
    queryFn: askMe,
    staleTime: 60_000,
  })
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: [portalKey] }), [queries])
  return { me: data ?? undefined, isLoading: isPending, error, refresh }
}

/** Ends the session, and forgets what was asked with it. Rejects where it may not have ended. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    try {
      await portalClient.signOut()
    } finally {
      // Whether it ended where no answer came is not known: it is asked for.
      queries.removeQueries({ queryKey: [portalKey], type: 'inactive' })
      await queries.invalidateQueries({ queryKey: [portalKey] })
    }
  }
}

type RequireProps = { readonly children: ReactNode | ((me: PortalMe) => ReactNode) }

/**
 * What only an account sees: anybody else signs in first and comes back. Where a session ends while
 * the page is open it stays, with all that was typed; what needs the session asks for it then.
 */
export function RequireAccount({ children }: RequireProps) {
  const { me, isLoading, error, refresh } = useMe()
  const last = useRef<PortalMe>(undefined)
  last.current = me ?? last.current
  const shown = last.current
  if (shown) return typeof children === 'function' ? children(shown) : children
  if (isLoading) return <Skeleton lines={10} />
  if (error) return <Problem error={error} retry={() => void refresh()} />
  return <ToSignIn />
}

/** Leaves for the page of sign-in, once: it knows where to come back to. */
function ToSignIn() {
  const router = useRouter()
  useEffect(() => {
    const { pathname, searchStr } = router.state.location
    const search = { back: pathname + searchStr }
    void router.navigate({ to: '/sign-in', search, replace: true })
  }, [router])
  return <Skeleton lines={10} />
}

export type Organisation = PortalMe['organisations'][number]

const organisationName = 'bsn.organisation'
const listeners = new Set<() => void>()
let chosen: string | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function choose(id: string): void {
  chosen = id
  storeChoice(organisationName, id)
  for (const one of listeners) one()
}

/** The organisation that somebody works for: the one chosen last, kept over visits. */
export function useOrganisation(): {
  /** Undefined where the account is in none, or nobody is signed in. */
  readonly organisation: Organisation | undefined
  readonly all: readonly Organisation[]
  readonly choose: (id: string) => void
  /** Whether the role there has a right, such as `service-create`. */
  readonly may: (right: string) => boolean
} {
  const { me } = useMe()
  const all = me?.organisations ?? []
  const now = useSyncExternalStore(subscribe, () => chosen)
  const wanted =
    now ??
    storedChoice(
      organisationName,
      all.map(({ id }) => id),
    )
  const organisation = all.find(({ id }) => id === wanted) ?? all[0]
  return { organisation, all, choose, may: (right) => organisation?.may.includes(right) ?? false }
}

export type DoAct = <A extends ControlName>(
  act: A,
  fields: ControlFields[A],
  how?: { readonly ledger?: string; readonly organisation?: string },
) => Promise<PortalAct>

/**
 * How a page does an act on a ledger for the organisation that is chosen: the same again, while it
 * is not done, has one effect. A step-up that is wanted is asked for, and it goes on after it.
 * Rejects with the refusal, which a form shows.
 */
export function useAct(): DoAct {
  const { organisation } = useOrganisation()
  const { refresh } = useMe()
  const keys = useRef<ReturnType<typeof createActKeys>>(undefined)
  keys.current ??= createActKeys()
  const { send } = keys.current
  return async (act, fields, { ledger, organisation: other } = {}) => {
    const by = other ?? organisation?.id
    if (by === undefined) throw new TypeError('an act is done for an organisation')
    const on = ledger === undefined ? {} : { ledger }
    const done = await guarded(() =>
      send({ by, act, fields, ...on }, (requestKey) =>
        portalClient.act(by, act, fields, { requestKey, ...on }),
      ),
    )
    void refresh()
    return done
  }
}
