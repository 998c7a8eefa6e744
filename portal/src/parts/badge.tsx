import { useTranslation } from 'react-i18next'

/** Shape and colour of a word of state; the word itself is always there. */
const tones: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'quiet'>> = {
  ...{ running: 'good', active: 'good', executed: 'good', passed: 'good', up: 'good', yes: 'good' },
  ...{ draft: 'busy', review: 'busy', invited: 'busy', applied: 'busy', open: 'busy' },
  ...{ behind: 'busy', abstain: 'busy', unknown: 'quiet' },
  ...{ frozen: 'bad', failed: 'bad', rejected: 'bad', removed: 'bad', down: 'bad', no: 'bad' },
  ...{ revoked: 'bad', delivered: 'good', dead: 'bad', disabled: 'bad', reached: 'bad' },
  ...{ failing: 'busy', held: 'busy', near: 'busy' },
}

/** A state by shape, colour and word. */
export function Badge({ state }: { readonly state: string }) {
  const { t } = useTranslation()
  return (
    <span className="badge" data-tone={tones[state] ?? 'quiet'}>
      <i aria-hidden="true" />
      {t(`states.${state}`, { defaultValue: state })}
    </span>
  )
}
