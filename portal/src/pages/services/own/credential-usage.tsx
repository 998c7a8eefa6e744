import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '../../../parts/badge.tsx'
import { useNowSeconds } from '../../../parts/clock.ts'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Id } from '../../../parts/id.tsx'
import { type CredentialSum, forecast, levelOf } from './usage-sums.ts'
import { type Limits, useLimits } from './use-usage.ts'

/** What each credential wrote, and how much of its limits is used today. */
export function CredentialUsage({ sums }: { readonly sums: readonly CredentialSum[] }) {
  const names = sums.map(({ credential }) => credential).join(' ')
  const ids = useMemo(() => names.split(' ').filter(Boolean), [names])
  const limits = useLimits(ids)
  return (
    <ul className="cards">
      {sums.map((sum) => (
        <One key={sum.credential} sum={sum} limits={limits.get(sum.credential)} />
      ))}
    </ul>
  )
}

type OneProps = { readonly sum: CredentialSum; readonly limits: Limits | undefined }

function One({ sum: { credential, entries, bytes: size, today }, limits }: OneProps) {
  const { t } = useTranslation()
  const { number, bytes } = useFormats()
  const { label, perSecond, writesPerDay } = limits ?? {}
  return (
    <li className="card">
      <h3>
        <bdi>{label ?? credential}</bdi>
      </h3>
      <p>
        <Id id={credential} kind="credential" />
      </p>
      {writesPerDay !== undefined && <Meter used={today} limit={writesPerDay} />}
      <Facts
        facts={[
          [t('usage.today'), number(today)],
          [t('usage.entries'), number(entries)],
          [t('usage.bytes'), bytes(size)],
          [
            t('usage.perSecond'),
            perSecond === undefined ? t('usage.unlimited') : number(perSecond),
          ],
          [
            t('usage.perDay'),
            writesPerDay === undefined ? t('usage.unlimited') : number(writesPerDay),
          ],
        ]}
      />
    </li>
  )
}

/** How much of a day's limit is used, in colour, shape and words. */
function Meter({ used, limit }: { readonly used: number; readonly limit: number }) {
  const { t } = useTranslation()
  const { number, percent } = useFormats()
  const level = levelOf(used, limit)
  const name = t('usage.meter', { used: number(used), limit: number(limit) })
  const coming = forecast(used, useNowSeconds())
  return (
    <div className="usage-meter">
      <meter aria-label={name} value={used} max={limit} high={limit * 0.8} optimum={0} />
      <p>
        {name} ({percent(used / limit)}) {level !== 'free' && <Badge state={level} />}
      </p>
      <p className="faint">{t('usage.forecast', { count: coming, shown: number(coming) })}</p>
    </div>
  )
}
