import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { guarded } from '../../../app/proof.ts'
import { liveMs } from '../../../app/queries.ts'
import { portalClient, portalKey, useOrganisation } from '../../../app/session.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'

type Props = { readonly service: string; readonly contract: string }

/** What a contract printed on this node, for whoever published the service; asked again. */
export function ContractLog({ service, contract }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  const query = useQuery({
    queryKey: [portalKey, id, 'contract log', ledger, service, contract],
    queryFn: () => guarded(() => portalClient.contractLog(id, { ledger, service }, contract)),
    enabled: id !== '',
    refetchInterval: 4 * liveMs,
  })
  return (
    <Section title={t('channel.printed.title')} note={t('channel.printed.note')}>
      <Loaded query={query} lines={8}>
        {({ lines, isCut }) =>
          lines.length === 0 ? (
            <p className="note">{t('channel.printed.none')}</p>
          ) : (
            <>
              {isCut && <p className="note">{t('channel.printed.cut')}</p>}
              <CodeBlock text={lines.join('\n')} what={t('channel.printed.title')} isTall />
            </>
          )
        }
      </Loaded>
    </Section>
  )
}
