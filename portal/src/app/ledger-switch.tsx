import type { LedgerSummary } from '@openbsn/sdk'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useChosenLedger, useLedgers } from './ledger.tsx'

/** Which ledger: its name, and its environment as colour and word. */
export function LedgerSwitch() {
  const { t } = useTranslation()
  const { data: all = [] } = useLedgers()
  const chosen = useChosenLedger(all)
  const navigate = useNavigate()
  if (!chosen) return <div className="ledger-switch" data-environment="none" />
  const choose = (id: string) =>
    void navigate({
      to: '.',
      // Said to be none, and not left out: what is left out stays as it was.
      search: (before) =>
        ({ ...before, ledger: id === all[0]?.id ? undefined : id }) as typeof before,
    })
  return (
    <div className="ledger-switch" data-environment={chosen.environment}>
      <span className="environment">{t(`environments.${chosen.environment}`)}</span>
      <select
        aria-label={t('shell.ledger')}
        value={chosen.id}
        onChange={({ target }) => choose(target.value)}
      >
        {all.map((one) => (
          <option key={one.id} value={one.id}>
            {nameOf(one)} · {t(`environments.${one.environment}`)}
          </option>
        ))}
      </select>
    </div>
  )
}

const nameOf = ({ name, group }: LedgerSummary) => (group === undefined ? name : group)
