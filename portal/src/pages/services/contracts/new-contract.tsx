import type {
  CompiledSources,
  ContractAccount,
  Contracts,
  ContractTemplate,
  ServiceObject,
} from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { Choice } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { DeployForm } from './deploy-form.tsx'
import { firstSources, OwnSources, type Sources } from './own-sources.tsx'

type Props = {
  readonly service: ServiceObject
  readonly contracts: Contracts
  readonly account: ContractAccount | undefined
}

/** What was compiled, and from what. */
export type Compiled = {
  readonly made: CompiledSources
  /** What is deployed: the template, or just these sources. */
  readonly from: { readonly template: string } | Sources
}

/** A new contract: a template or sources, compiled, then its constructor, then its deployment. */
export function NewContract({ service, contracts, account }: Props) {
  const { id } = useLedger()
  const query = useQuery({
    queryKey: [id, 'templates', service.id],
    queryFn: () => contracts.templates(),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Loaded query={query} lines={6}>
      {(templates) => <Chosen {...{ service, contracts, account, templates }} />}
    </Loaded>
  )
}

/** No template has this name. */
const own = ''

type ChosenProps = Props & { readonly templates: readonly ContractTemplate[] }

function Chosen({ service, contracts, account, templates }: ChosenProps) {
  const { t } = useTranslation()
  const [name, setName] = useState(templates[0]?.name ?? own)
  const [sources, setSources] = useState(firstSources)
  const [compiled, setCompiled] = useState<Compiled>()
  const template = templates.find((one) => one.name === name)
  const choose = (next: string) => {
    setName(next)
    setCompiled(undefined)
  }
  const change = (next: Sources) => {
    setSources(next)
    // What is deployed is what was compiled: the form of another source would be another one.
    setCompiled(undefined)
  }
  const edit = ({ made }: Compiled) => {
    change({ sources: made.sources, contract: made.name })
    setName(own)
  }
  return (
    <div className="columns">
      <div className="stack">
        <Choice
          label={t('deploy.what')}
          value={name}
          options={[
            ...templates.map(({ name: one, title }) => [one, title] as const),
            [own, t('deploy.own')] as const,
          ]}
          onChoose={choose}
        />
        {template ? (
          <CompileTemplate
            {...{ template, contracts, compiled }}
            onCompiled={setCompiled}
            onEdit={edit}
          />
        ) : (
          <OwnSources
            {...{ contracts, sources, compiled }}
            onChange={change}
            onCompiled={setCompiled}
          />
        )}
      </div>
      <div>
        {compiled ? (
          <DeployForm
            key={JSON.stringify(compiled.from)}
            {...{ service, contracts, account, compiled, template }}
          />
        ) : (
          <p className="note">{t('deploy.waiting')}</p>
        )}
      </div>
    </div>
  )
}

type TemplateProps = {
  readonly template: ContractTemplate
  readonly contracts: Contracts
  readonly compiled: Compiled | undefined
  readonly onCompiled: (compiled: Compiled) => void
  readonly onEdit: (compiled: Compiled) => void
}

function CompileTemplate({ template, contracts, compiled, onCompiled, onEdit }: TemplateProps) {
  const { t } = useTranslation()
  const form = useForm({}, async () => {
    const from = { template: template.name }
    onCompiled({ made: await contracts.compile(from), from })
  })
  return (
    <>
      <p lang="en">{template.description}</p>
      <Form
        form={form}
        label={t('deploy.compile')}
        submit={t('deploy.compile')}
        beside={
          compiled && (
            <button type="button" className="button quiet" onClick={() => onEdit(compiled)}>
              {t('deploy.edit')}
            </button>
          )
        }
      />
    </>
  )
}
