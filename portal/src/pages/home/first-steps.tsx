import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Section } from '../../parts/page.tsx'

/** Exactly what README.md has: each line works as it stands. */
const lines = [
  ['service', 'bsn service create notes --framework records'],
  ['credential', 'bsn credential create --service notes --label laptop --out notes.credential'],
  [
    'record',
    [
      `echo '{"hello":"world"}' > note.json`,
      'bsn record put --service notes --credential notes.credential note.json',
    ].join('\n'),
  ],
] as const

/** From nothing to a proven record, on the machine of the node. */
export function FirstSteps() {
  const { t } = useTranslation()
  return (
    <Section title={t('home.start')} note={t('home.startNote')}>
      <ol className="first-steps">
        {lines.map(([name, text]) => (
          <li key={name}>
            <p>{t(`home.steps.${name}`)}</p>
            <CodeBlock text={text} what={t(`home.steps.${name}`)} />
          </li>
        ))}
      </ol>
    </Section>
  )
}
