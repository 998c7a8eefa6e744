import { isCodedError } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { CopyButton } from './copy-button.tsx'
import { Icon } from './icon.tsx'

type Props = { readonly error: unknown; readonly retry?: () => void }

/** What went wrong, why, what to do, and what to name to whoever runs the gateway. */
export function Problem({ error, retry }: Props) {
  const { t } = useTranslation()
  const { code, detail, requestId } = told(error)
  const isKnown = code !== undefined
  return (
    <section className="problem" role="alert">
      <h2>
        <Icon name="warning" />
        {titleOf(t, code)}
      </h2>
      <p>{detail}</p>
      <p>{remedyOf(t, code)}</p>
      <dl className="facts inline">
        {isKnown && (
          <div>
            <dt>{t('problem.code')}</dt>
            <dd>
              <Link to="/docs/$page" params={{ page: 'errors' }} hash={code.toLowerCase()}>
                <code>{code}</code>
              </Link>
            </dd>
          </div>
        )}
        {requestId !== undefined && (
          <div>
            <dt>{t('problem.request')}</dt>
            <dd>
              <code>{requestId}</code> <CopyButton text={requestId} what={t('problem.request')} />
            </dd>
          </div>
        )}
      </dl>
      {retry && (
        <button type="button" className="button" onClick={retry}>
          {t('problem.retry')}
        </button>
      )}
    </section>
  )
}

type Told = {
  readonly code: string | undefined
  readonly detail: string
  readonly requestId: string | undefined
}

function told(error: unknown): Told {
  if (isCodedError(error)) {
    const { requestId } = error.details
    const id = typeof requestId === 'string' ? requestId : undefined
    return { code: error.code, detail: error.message, requestId: id }
  }
  const detail = error instanceof Error ? error.message : String(error)
  return { code: undefined, detail, requestId: undefined }
}

function titleOf(t: TFunction, code: string | undefined): string {
  if (code === undefined) return t('problem.bug')
  return t([`problem.titles.${code}`, 'problem.title'])
}

function remedyOf(t: TFunction, code: string | undefined): string {
  if (code === undefined) return t('problem.remedies.bug')
  return t([`problem.remedies.${code}`, 'problem.remedy'])
}
