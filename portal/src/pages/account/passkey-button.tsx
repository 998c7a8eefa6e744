import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../parts/problem.tsx'
import { hasPasskeys, isGivenUp } from './browser-passkey.ts'
import { usePortalState } from './use-portal-state.ts'

type Props = { readonly label: string; readonly onAsk: () => Promise<void> }

/** A button for a passkey, where portal and browser can have one; once while it is under way. */
export function PasskeyButton({ label, onAsk }: Props) {
  const { t } = useTranslation()
  const { data } = usePortalState()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const isAsking = useRef(false)
  if (!data?.passkeys || !hasPasskeys()) return null
  const ask = async () => {
    if (isAsking.current) return
    isAsking.current = true
    setBusy(true)
    setError(undefined)
    try {
      await onAsk()
    } catch (reason) {
      setError(reason)
    } finally {
      isAsking.current = false
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        className="button quiet"
        aria-disabled={isBusy || undefined}
        onClick={() => void ask()}
      >
        {isBusy ? t('form.busy') : label}
      </button>
      {isGivenUp(error) && (
        <p className="error-text" role="alert">
          {t('account.passkeyGivenUp')}
        </p>
      )}
      {error !== undefined && !isGivenUp(error) && <Problem error={error} />}
    </>
  )
}
