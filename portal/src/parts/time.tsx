import { useTranslation } from 'react-i18next'
import { useNowSeconds } from './clock.ts'
import { dateOf, useFormats } from './formats.ts'
import { Hint } from './hint.tsx'

type Props = {
  /** Since 1970. */
  readonly seconds: number
  /** Block time is what the validators agreed on; wall time is of one machine. */
  readonly kind?: 'block' | 'wall'
}

/** A time as distance from now; exact, in UTC and here, on hover and focus. */
export function Time({ seconds, kind = 'block' }: Props) {
  const { t } = useTranslation()
  const formats = useFormats()
  const now = useNowSeconds()
  const utc = formats.utc(seconds)
  const exact = (
    <span className="time-exact">
      <span>{t(`parts.time.${kind}`)}</span>
      <code>{utc}</code>
      <span>{t('parts.time.local', { time: formats.local(seconds) })}</span>
    </span>
  )
  const shown = formats.relative(seconds - now)
  return (
    <Hint text={exact} label={`${shown}, ${utc}`}>
      <time dateTime={dateOf(seconds).toISOString()}>{shown}</time>
    </Hint>
  )
}

/** The exact time in UTC beside its distance. */
export function ExactTime({ seconds }: Pick<Props, 'seconds'>) {
  const formats = useFormats()
  const now = useNowSeconds()
  return (
    <time dateTime={dateOf(seconds).toISOString()}>
      <span className="tabular">{formats.utc(seconds)}</span>{' '}
      <span className="faint">({formats.relative(seconds - now)})</span>
    </time>
  )
}
