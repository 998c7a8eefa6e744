import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { storeChoice, storedChoice } from '../../app/stored.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Choice } from '../../parts/field.tsx'
import { type SampleLanguage, sampleLanguages } from './code-samples.ts'

const names = { curl: 'curl', typescript: 'TypeScript', python: 'Python', go: 'Go' } as const
const chosen = 'bsn.sampleLanguage'

/** The language of samples, as it was chosen last, and how it is chosen. */
export function useSampleLanguage() {
  const [language, setLanguage] = useState<SampleLanguage>(
    () => storedChoice(chosen, sampleLanguages) ?? 'curl',
  )
  const choose = (next: SampleLanguage) => {
    setLanguage(next)
    storeChoice(chosen, next)
  }
  return { language, choose }
}

type Props = ReturnType<typeof useSampleLanguage> & { readonly text: string }

/** A program in the language that is chosen here. */
export function Sample({ language, choose, text }: Props) {
  const { t } = useTranslation()
  return (
    <>
      <Choice
        label={t('code.language')}
        value={language}
        options={sampleLanguages.map((one) => [one, names[one]])}
        onChoose={choose}
      />
      <CodeBlock text={text} what={names[language]} />
    </>
  )
}
