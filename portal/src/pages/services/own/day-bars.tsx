import { useTranslation } from 'react-i18next'
import { useFormats } from '../../../parts/formats.ts'
import type { DaySum } from './usage-sums.ts'

const height = 100
const step = 12

/** Entries by day as bars; the table below says the same in numbers. */
export function DayBars({ sums }: { readonly sums: readonly DaySum[] }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const most = Math.max(1, ...sums.map(({ entries }) => entries))
  const label = t('usage.bars', {
    from: sums[0]?.day,
    to: sums.at(-1)?.day,
    most: number(most),
  })
  return (
    <figure className="day-bars">
      <svg
        viewBox={`0 0 ${sums.length * step} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {sums.map(({ day, entries }, i) => {
          // A day with something is seen, be it ever so little.
          const tall = entries === 0 ? 1 : Math.max(3, (entries / most) * height)
          return (
            <rect
              key={day}
              x={i * step + 1}
              y={height - tall}
              width={step - 2}
              height={tall}
              data-empty={entries === 0 || undefined}
            >
              <title>{`${day}: ${number(entries)}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption className="faint">{label}</figcaption>
    </figure>
  )
}
