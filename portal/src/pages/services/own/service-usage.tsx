import type { ServiceObject, UsageRow } from '@openbsn/sdk'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useNowSeconds } from '../../../parts/clock.ts'
import { DataTable, type ShownColumn } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Choice } from '../../../parts/field.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { CallsTable } from './calls-table.tsx'
import { CredentialUsage } from './credential-usage.tsx'
import { DayBars } from './day-bars.tsx'
import { type DaySum, dayOf, lastDays, sumByCredential, sumByDay } from './usage-sums.ts'
import { useUsage } from './use-usage.ts'

type Props = { readonly service: ServiceObject }

/** Days that are shown. */
const periods = [7, 30, 90] as const

/** What a service is used for, against what its credentials may: for who published it. */
export function ServiceUsage({ service }: Props) {
  const { t } = useTranslation()
  const { days: asked } = useSearch({ strict: false }) as { readonly days?: number }
  const days = periods.find((one) => one === asked) ?? 30
  const navigate = useNavigate()
  const today = dayOf(useNowSeconds())
  const shown = useMemo(() => lastDays(Date.parse(today) / 1000, days), [today, days])
  const query = useUsage(service, shown[0] ?? today)
  return (
    <div className="stack">
      <div className="form">
        <Choice
          label={t('usage.period')}
          value={String(days)}
          options={periods.map((one) => [String(one), t('usage.days', { count: one })])}
          onChoose={(next) =>
            void navigate({
              to: '.',
              search: (before) => ({ ...before, days: Number(next) }) as typeof before,
              replace: true,
            })
          }
        />
      </div>
      <Loaded query={query} lines={10}>
        {({ rows, calls }) =>
          rows.length + calls.length === 0 ? (
            <Empty title={t('usage.none')} why={t('usage.noneWhy')} />
          ) : (
            <>
              <Section title={t('usage.byCredential')} note={t('usage.byCredentialNote')}>
                <CredentialUsage sums={sumByCredential(rows, today)} />
              </Section>
              {calls.length > 0 && (
                <Section title={t('usage.calls')} note={t('usage.callsNote')}>
                  <CallsTable service={service} calls={calls} />
                </Section>
              )}
              <ByDay service={service} rows={rows} days={shown} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

const dayIdOf = ({ day }: DaySum) => day

type ByDayProps = Props & {
  readonly rows: readonly UsageRow[]
  readonly days: readonly string[]
}

function ByDay({ service, rows, days }: ByDayProps) {
  const { t } = useTranslation()
  const { number, bytes } = useFormats()
  const sums = useMemo(() => sumByDay(rows, days), [rows, days])
  const newest = useMemo(() => sums.toReversed(), [sums])
  const columns = useMemo<readonly ShownColumn<DaySum>[]>(
    () => [
      { id: 'day', header: t('usage.day'), value: ({ day }) => day, width: 'minmax(7rem, 1fr)' },
      {
        id: 'entries',
        header: t('usage.entries'),
        value: ({ entries }) => entries,
        cell: ({ entries }) => number(entries),
        width: 'minmax(5rem, 8rem)',
        isNumber: true,
      },
      {
        id: 'bytes',
        header: t('usage.bytes'),
        value: (one) => one.bytes,
        cell: (one) => bytes(one.bytes),
        width: 'minmax(5rem, 8rem)',
        isNumber: true,
      },
    ],
    [t, number, bytes],
  )
  return (
    <Section title={t('usage.byDay')} note={t('usage.byDayNote')}>
      <DayBars sums={sums} />
      <DataTable
        label={t('usage.byDay')}
        rows={newest}
        columns={columns}
        rowId={dayIdOf}
        exportName={`${service.id}-usage`}
      />
    </Section>
  )
}
