import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'

export type ProgressState = 'waiting' | 'doing' | 'done' | 'failed'
export type ProgressStep = { readonly name: string; readonly state: ProgressState }

const icons = { waiting: 'dot', doing: 'arrow', done: 'check', failed: 'cross' } as const

/** What is done one after the other, each by its name, and how far it is. */
export function Progress({ steps }: { readonly steps: readonly ProgressStep[] }) {
  const { t } = useTranslation()
  return (
    <ol className="progress" aria-live="polite">
      {steps.map(({ name, state }) => (
        <li key={name} data-state={state}>
          <Icon name={icons[state]} />
          <span>{name}</span>
          <span className="faint">{t(`progress.${state}`)}</span>
        </li>
      ))}
    </ol>
  )
}

/** The states of steps of which the one at `at` is under way, or failed. */
export function progressAt(
  names: readonly string[],
  { at, hasFailed }: { readonly at: number; readonly hasFailed: boolean },
): readonly ProgressStep[] {
  const now = hasFailed ? 'failed' : 'doing'
  return names.map((name, step) => ({
    name,
    state: step < at ? 'done' : step === at ? now : 'waiting',
  }))
}
