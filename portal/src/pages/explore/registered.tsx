import type { PortalAct } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedgerParam } from '../../app/ledger.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Icon } from '../../parts/icon.tsx'
import { Problem } from '../../parts/problem.tsx'
import { type Registered, useRegistered } from './use-registered.ts'

/** That an act was registered: its entry, and whether its receipt holds, verified here. */
export function RegisteredAct({ act }: Pick<Props, 'act'>) {
  return <RegisteredLine act={act} registered={useRegistered(act)} />
}

type Props = {
  readonly act: Pick<PortalAct, 'ledger' | 'entry'>
  readonly registered: Registered
}

/** The same of one that was asked for already. */
export function RegisteredLine({ act: { ledger, entry }, registered }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const search = { ledger: useLedgerParam(ledger) }
  const { data, error } = registered
  if (error) return <Problem error={error} retry={() => void registered.refetch()} />
  const state = data === undefined ? 'pending' : data.holds ? 'holds' : 'fails'
  return (
    <p className="registered" role="status" data-state={state}>
      <Icon name={icons[state]} />
      <span>
        {t('registered.as')}{' '}
        <Link to="/explore/entries/$index" params={{ index: String(entry) }} search={search}>
          {t('registered.entry', { index: number(entry ?? 0) })}
        </Link>
        {t(`registered.${state}`)}
      </span>
    </p>
  )
}

const icons = { pending: 'dot', holds: 'check', fails: 'cross' } as const
