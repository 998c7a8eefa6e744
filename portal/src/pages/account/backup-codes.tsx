import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../parts/copy-button.tsx'
import { SavedCheck } from '../../parts/secret.tsx'

type Props = {
  readonly codes: readonly string[]
  /** What comes once somebody says that they were saved. */
  readonly children: ReactNode
}

/** Backup codes, which are shown once: nothing goes on before they are saved. */
export function BackupCodes({ codes, children }: Props) {
  const { t } = useTranslation()
  const [isSaved, setSaved] = useState(false)
  return (
    <>
      <h3>
        {t('account.codesTitle')}{' '}
        <CopyButton text={codes.join('\n')} what={t('account.codesTitle')} />
      </h3>
      <p className="note">{t('account.codesNote')}</p>
      <ul className="backup-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <SavedCheck label={t('account.saved')} isSaved={isSaved} onChange={setSaved} />
      {isSaved && children}
    </>
  )
}
