import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from './code-block.tsx'
import { Download } from './download.tsx'

type Props = {
  readonly what: string
  readonly secret: string
  /** Of the file that it is saved as. */
  readonly fileName: string
  /** What comes after it, by its name. */
  readonly next: string
  readonly onSaved: () => void
}

/** Shown once: nobody has it but this page, and nobody goes on without having said it is kept. */
export function Secret({ what, secret, fileName, next, onSaved }: Props) {
  const { t } = useTranslation()
  const [isSaved, setSaved] = useState(false)
  const id = useId()
  return (
    <section className="secret" aria-label={what}>
      <h3>{what}</h3>
      <p>{t('secret.once')}</p>
      <CodeBlock text={secret} what={what} />
      <Download
        name={fileName}
        label={t('secret.download')}
        bytes={`${secret}\n`}
        type="text/plain"
      />
      <p className="check">
        <input
          id={id}
          type="checkbox"
          checked={isSaved}
          onChange={({ target }) => setSaved(target.checked)}
        />
        <label htmlFor={id}>{t('secret.saved')}</label>
      </p>
      <p>
        <button type="button" className="button" disabled={!isSaved} onClick={onSaved}>
          {next}
        </button>
      </p>
    </section>
  )
}
