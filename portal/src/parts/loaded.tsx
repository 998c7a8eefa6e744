import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from './problem.tsx'

/** The room that content will take, before it is there. */
export function Skeleton({ lines = 6 }: { readonly lines?: number }) {
  const { t } = useTranslation()
  return (
    <div className="skeleton" role="status" aria-label={t('parts.loading')}>
      {Array.from({ length: lines }, (_, line) => line).map((line) => (
        <span key={line} />
      ))}
    </div>
  )
}

type Props<T> = {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>
  readonly lines?: number
  readonly children: (data: T) => ReactNode
}

/** What a query brings; its room while it is under way, and what went wrong where it failed. */
export function Loaded<T>({ query, lines = 6, children }: Props<T>) {
  const { data, error, refetch } = query
  if (data !== undefined) return children(data)
  if (error) return <Problem error={error} retry={() => void refetch()} />
  return <Skeleton lines={lines} />
}
