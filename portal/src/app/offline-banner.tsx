import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../parts/icon.tsx'
import { useLedgers } from './ledger.tsx'

function subscribe(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** Said while this machine, or the gateway, is away; what was shown stays. */
export function OfflineBanner() {
  const { t } = useTranslation()
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  const { isError, data } = useLedgers()
  if (isOnline && !(isError && data)) return null
  return (
    <p className="banner" role="status">
      <Icon name="warning" />
      {isOnline ? t('shell.gatewayLost') : t('shell.offline')}
    </p>
  )
}
