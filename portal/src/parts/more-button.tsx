import { useTranslation } from 'react-i18next'

type Props = {
  readonly label: string
  readonly onMore: () => void
  /** While more is under way it is not asked for again. */
  readonly isBusy?: boolean
}

/** At the end of what is shown in part. */
export function MoreButton({ label, onMore, isBusy = false }: Props) {
  const { t } = useTranslation()
  return (
    <button
      type="button"
      className="button quiet"
      aria-disabled={isBusy || undefined}
      onClick={() => !isBusy && onMore()}
    >
      {isBusy ? t('parts.loading') : label}
    </button>
  )
}
