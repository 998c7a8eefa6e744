import type { LoggedRequest } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ShownColumn } from '../../../parts/data-table.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Time } from '../../../parts/time.tsx'
import { shortPath } from './log-filter.ts'

/** A status by shape, colour and number; an error of JSON-RPC is one too. */
export function Status({ status, code }: Pick<LoggedRequest, 'status' | 'code'>) {
  return (
    <span className="badge" data-tone={status < 400 && code === undefined ? 'good' : 'bad'}>
      <i aria-hidden="true" />
      {status}
    </span>
  )
}

/** Columns of the log of a service. */
export function useLogColumns(): readonly ShownColumn<LoggedRequest>[] {
  const { t } = useTranslation()
  const { number, utc } = useFormats()
  return useMemo(
    () => [
      {
        id: 'time',
        header: t('log.time'),
        width: '6rem',
        value: ({ time }) => utc(time),
        cell: ({ time }) => <Time seconds={time} kind="wall" />,
      },
      {
        id: 'what',
        header: t('log.what'),
        width: 'minmax(9rem, 1fr)',
        value: ({ method, path }) => `${method} ${path}`,
        cell: (row) => <What row={row} />,
      },
      {
        id: 'status',
        header: t('log.status'),
        width: '4rem',
        value: ({ status }) => status,
        cell: ({ status, code }) => <Status status={status} {...(code ? { code } : {})} />,
      },
      {
        id: 'code',
        header: t('log.code'),
        width: 'minmax(6rem, 13rem)',
        isMinor: true,
        value: ({ code = '' }) => code,
      },
      {
        id: 'ms',
        header: t('log.ms'),
        width: '6rem',
        isNumber: true,
        isMinor: true,
        value: ({ ms }) => ms,
        cell: ({ ms }) => t('log.msOf', { ms: number(ms) }),
      },
      {
        id: 'credential',
        header: t('log.credential'),
        width: 'minmax(5rem, 10rem)',
        isMinor: true,
        value: ({ credential }) => credential,
      },
      {
        id: 'id',
        header: t('log.id'),
        width: 'minmax(6rem, 11rem)',
        isMinor: true,
        value: ({ id }) => id,
        cell: ({ id }) => <code>{id}</code>,
      },
    ],
    [t, number, utc],
  )
}

function What({ row: { number, method, path, skipped } }: { readonly row: LoggedRequest }) {
  const { t } = useTranslation()
  const formats = useFormats()
  return (
    <Link
      to="."
      search={(before) => ({ ...before, request: number }) as typeof before}
      title={path}
    >
      {method} <bdi>{shortPath(path)}</bdi>
      {skipped !== undefined && ` (${t('log.skipped', { skipped: formats.number(skipped) })})`}
    </Link>
  )
}
