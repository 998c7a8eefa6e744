import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../parts/code-block.tsx'
import { useSentence } from '../explore/act-sentence.ts'
import type { ReadAct } from './voted-text.ts'

/** What acts do: in words, and as they are. */
export function ActsView({ acts }: { readonly acts: readonly ReadAct[] }) {
  const { t } = useTranslation()
  const say = useSentence()
  return (
    <ol className="acts">
      {acts.map(({ module, act, fields }) => (
        <li key={`${act} ${JSON.stringify(fields)}`}>
          <p className="sentence">
            {say({ act, fields, issuer: t('proposal.alliance'), service: module })}
          </p>
          <CodeBlock text={JSON.stringify(fields, undefined, 2) ?? ''} what={act ?? module} />
        </li>
      ))}
    </ol>
  )
}
