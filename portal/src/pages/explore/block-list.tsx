import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/formats.ts'
import { Time } from '../../parts/time.tsx'
import type { BlockLine } from './use-blocks.ts'

/** Blocks as lines: height, entries, time. */
export function BlockList({ blocks }: { readonly blocks: readonly BlockLine[] }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const most = Math.max(1, ...blocks.map(({ count }) => count))
  return (
    <ul className="lines blocks">
      {blocks.map(({ height, time, count }) => (
        <li key={height}>
          <Link to="/explore/blocks/$height" params={{ height: String(height) }}>
            {t('block.name', { height: number(height) })}
          </Link>
          <span className="bar" aria-hidden="true">
            <i style={{ width: `${Math.max(2, (count / most) * 100)}%` }} />
          </span>
          <span className="tabular">{t('entry.count', { count, shown: number(count) })}</span>
          <Time seconds={time} />
        </li>
      ))}
    </ul>
  )
}
