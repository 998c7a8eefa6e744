import { isCodedError } from '@openbsn/sdk'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from './formats.ts'
import { Icon } from './icon.tsx'
import { Id } from './id.tsx'
import type { Step, Verdict } from './verify-steps.ts'

const icons = { held: 'check', failed: 'cross', skipped: 'dot' } as const

type HoldsProps = {
  readonly holds: boolean
  readonly title: string
  readonly children?: ReactNode
}

/** Whether something that was verified here holds, and what there is to say of it. */
export function Holds({ holds, title, children }: HoldsProps) {
  return (
    <section className="verdict" data-holds={holds}>
      <h3>
        <Icon name={holds ? 'check' : 'cross'} />
        {title}
      </h3>
      {children}
    </section>
  )
}

/** What was verified here, each step with what it was about. */
export function VerdictList({ verdict }: { readonly verdict: Verdict }) {
  const { t } = useTranslation()
  const { number, utc } = useFormats()
  const { holds, steps, place } = verdict
  return (
    <Holds holds={holds} title={holds ? t('verify.holds') : t('verify.fails')}>
      {place && (
        <p>
          {t('verify.place', {
            index: number(place.index),
            height: number(place.height),
            time: utc(place.time),
          })}
        </p>
      )}
      <ol className="steps">
        {steps.map((step) => (
          <StepLine key={step.name} step={step} />
        ))}
      </ol>
    </Holds>
  )
}

function StepLine({ step: { name, state, values, shown, error } }: { readonly step: Step }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const told = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'number' && key !== 'count' ? number(value) : value,
    ]),
  )
  const kind = name === 'keys' ? 'ledger' : name === 'signatures' ? 'key' : 'hash'
  return (
    <li data-state={state}>
      <Icon name={icons[state]} />
      <div>
        <p>
          <strong>{t(`verify.titles.${name}`)}</strong>{' '}
          <span className="unseen">{t(`verify.states.${state}`)}</span>
        </p>
        <p>
          {state === 'held' && t(`verify.steps.${name}`, told)}
          {state === 'failed' && (isCodedError(error) ? `${error.code}: ${error.message}` : null)}
          {state === 'skipped' && t('verify.skipped')}
        </p>
        {shown.length > 0 && (
          <details>
            <summary>{t(`verify.shown.${name}`, { count: shown.length })}</summary>
            <ol className="hashes">
              {shown.map((one) => (
                <li key={one}>
                  <Id id={one} kind={kind} full />
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </li>
  )
}
