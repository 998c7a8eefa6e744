import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Icon } from '../../../parts/icon.tsx'
import { Id } from '../../../parts/id.tsx'
import { Section } from '../../../parts/page.tsx'
import { TransactionProof } from '../transaction-proof.tsx'
import { EventList } from './event-list.tsx'
import type { Progress } from './use-write.ts'

type Props = {
  readonly service: string
  readonly progress: Progress
  /** What was compiled before, where something was. */
  readonly compiled?: string
  readonly title: string
}

type Step = {
  readonly name: 'compiled' | 'signed' | 'block' | 'named'
  readonly isDone: boolean
  readonly ms?: number | undefined
  readonly values?: Readonly<Record<string, string>>
}

/** The steps of a write, each as it is done; then what it told, and its proof from the ledger. */
export function WriteSteps({ service, progress, compiled, title }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { transaction, done, signedMs, doneMs } = progress
  const steps: Step[] = [
    ...(compiled === undefined
      ? []
      : [{ name: 'compiled', isDone: true, values: { name: compiled } } as const]),
    { name: 'signed', isDone: transaction !== undefined, ms: signedMs },
    {
      ...{ name: 'block', isDone: done !== undefined, ms: doneMs },
      values: { height: done ? number(done.height) : '' },
    },
    ...(compiled === undefined
      ? []
      : [
          {
            name: 'named',
            isDone: done?.name !== undefined,
            values: { name: done?.name ?? '' },
          } as const,
        ]),
  ]
  const current = steps.find(({ isDone }) => !isDone)
  return (
    <Section title={title}>
      <div className="stack">
        <div role="status">
          <ol className="steps">
            {steps.map((step) => (
              <StepLine key={step.name} step={step} isCurrent={step === current} />
            ))}
          </ol>
        </div>
        {transaction !== undefined && (
          <p>
            <Id
              id={transaction}
              kind="transaction"
              to={{
                to: '/services/$service/transactions/$hash',
                params: { service, hash: transaction },
              }}
            />
          </p>
        )}
        {done?.result !== undefined && (
          <div>
            <h3>{t('call.answer')}</h3>
            <CodeBlock text={done.result} what={t('call.answer')} />
          </div>
        )}
        {done?.events && <EventList events={done.events} />}
        {done && <TransactionProof service={service} hash={done.transaction} />}
      </div>
    </Section>
  )
}

type LineProps = { readonly step: Step; readonly isCurrent: boolean }

function StepLine({ step: { name, isDone, ms, values }, isCurrent }: LineProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const state = isDone ? 'held' : 'skipped'
  return (
    <li data-state={state}>
      <Icon name={isDone ? 'check' : 'dot'} />
      <div>
        <p>
          <strong>{t(`write.steps.${name}`)}</strong>{' '}
          {isDone && ms !== undefined && (
            <span className="faint">
              {t('write.seconds', { seconds: number(Math.round(ms / 100) / 10) })}
            </span>
          )}
        </p>
        <p>
          {isDone && t(`write.done.${name}`, values ?? {})}
          {isCurrent && t(`write.busy.${name}`)}
        </p>
      </div>
    </li>
  )
}
