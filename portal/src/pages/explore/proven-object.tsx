import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Empty } from '../../parts/empty.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Holds } from '../../parts/verdict.tsx'
import { plain } from './decoded-entry.ts'
import { useObject } from './use-object.ts'

/** An object of the state as it is, and whether its proof holds here. */
export function ProvenObjectView({ stateKey }: { readonly stateKey: string }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const query = useObject(stateKey)
  return (
    <Loaded query={query} lines={8}>
      {({ object, height, signers, error }) => (
        <>
          {object ? (
            <CodeBlock
              text={JSON.stringify(plain(object), undefined, 2)}
              what={t('object.value', { key: stateKey })}
              isTall
            />
          ) : (
            <Empty title={t('object.absent')} why={t('object.absentWhy', { key: stateKey })} />
          )}
          <Holds
            holds={error === undefined}
            title={error ?? t('object.verified', { count: signers.length, height: number(height) })}
          />
        </>
      )}
    </Loaded>
  )
}
