import type { ContractObject, ContractStep, ContractWarning } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Progress, progressAt } from '../../../parts/progress.tsx'
import { readWaiting, type Waiting } from './waiting.ts'

const steps: readonly ContractStep[] = ['build', 'install', 'approve', 'commit', 'endorse']

type Props = { readonly contract: ContractObject }

/** What this node does for a contract, step by step, and why it does not go on. */
export function ContractSteps({ contract: { waitsFor, step, warnings = [] } }: Props) {
  const { t } = useTranslation()
  const waiting = waitsFor === undefined ? undefined : readWaiting(waitsFor)
  const names = steps.map((one) => t(`channel.steps.${one}`))
  const at = waiting ? steps.indexOf(step ?? 'build') : steps.length
  // On a channel of others this node makes nothing.
  const isMade = waiting !== undefined || step !== undefined
  return (
    <div className="stack">
      {isMade && (
        <Progress steps={progressAt(names, { at, hasFailed: waiting?.code !== undefined })} />
      )}
      {waiting && <Why waiting={waiting} />}
      <Warnings warnings={warnings} />
    </div>
  )
}

function Why({ waiting: { code, what, log } }: { readonly waiting: Waiting }) {
  const { t } = useTranslation()
  if (code === undefined) return <p className="note">{t('channel.waits', { why: what })}</p>
  return (
    <div className="stack" role="alert">
      <p className="error-text">
        <Link to="/docs/$page" params={{ page: 'errors' }} hash={code.toLowerCase()}>
          <code>{code}</code>
        </Link>{' '}
        {what}
      </p>
      {log !== undefined && <CodeBlock text={log} what={t('channel.log')} isTall />}
      <p className="note">
        {t(code === 'PACKAGE_BUILD_FAILED' ? 'channel.buildsAgain' : 'channel.triesAgain')}
      </p>
    </div>
  )
}

/** Of the static check: what may differ from peer to peer. */
function Warnings({ warnings }: { readonly warnings: readonly ContractWarning[] }) {
  const { t } = useTranslation()
  if (warnings.length === 0) return null
  return (
    <details open>
      <summary>{t('channel.warnings', { count: warnings.length })}</summary>
      <p className="note">{t('channel.warningsNote')}</p>
      <ul>
        {warnings.map(({ file, line, chance, text, why }) => (
          <li key={`${file} ${line} ${chance}`}>
            {t('channel.warningAt', { file, line })} <code>{text}</code>{' '}
            {t([`channel.chances.${chance}`, 'channel.chances.other'], { why })}
          </li>
        ))}
      </ul>
    </details>
  )
}
