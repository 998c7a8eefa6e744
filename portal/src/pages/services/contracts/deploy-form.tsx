import type { ContractAccount, Contracts, ContractTemplate, ServiceObject } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../../parts/facts.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { type Check, checkId } from '../../../parts/form-checks.ts'
import { useFormats } from '../../../parts/formats.ts'
import { ServiceLink } from '../contract-links.tsx'
import { constructorOf } from './abi.ts'
import { AbiFields, abiSpecs, abiValues, paidIn } from './abi-fields.tsx'
import type { Compiled } from './new-contract.tsx'
import { useWrite } from './use-write.ts'
import { WriteSteps } from './write-steps.tsx'

type Props = {
  readonly service: ServiceObject
  readonly contracts: Contracts
  readonly account: ContractAccount | undefined
  readonly compiled: Compiled
  readonly template: ContractTemplate | undefined
}

const nameField = 'name'
const checkFree: Check = (text) => (text.trim() === '' ? undefined : checkId(text))

/** What was compiled, what its constructor takes, and its deployment step by step. */
export function DeployForm({ service, contracts, account, compiled, template }: Props) {
  const { t } = useTranslation()
  const { bytes } = useFormats()
  const { made, from } = compiled
  const { inputs, isPayable } = constructorOf(made.abi)
  const { progress, write } = useWrite(contracts)
  const specs = abiSpecs({
    inputs,
    wei: isPayable ? t('call.wei') : undefined,
    hints: template?.args.map(({ description }) => description) ?? [],
    // Whoever deploys is most often who may do everything.
    initial: ({ type }) => (type === 'address' ? account?.address : undefined),
  })
  const name = {
    ...{ label: t('deploy.name'), hint: t('deploy.nameHint'), check: checkFree },
    codes: ['CONTRACT_NAME_TAKEN'],
  }
  const form = useForm<string>({ ...specs, [nameField]: name }, (values) => {
    const called = (values[nameField] ?? '').trim()
    const contract = {
      ...{ ...from, args: abiValues(inputs, values), ...paidIn(values) },
      ...(called === '' ? {} : { name: called }),
    }
    return write(contract, (idempotencyKey) => contracts.deploy(contract, { idempotencyKey }))
  })
  const known = progress?.done?.name
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('deploy.contract'), <code key="contract">{`${made.file}:${made.name}`}</code>],
          [t('contracts.compiler'), made.compiler],
          [t('deploy.size'), bytes(Math.max(0, made.bytecode.length / 2 - 1))],
        ]}
      />
      <Form form={form} label={t('deploy.title')} submit={t('deploy.deploy')}>
        <AbiFields form={form} inputs={inputs} isPayable={isPayable} />
        <Field {...form.field(nameField)} autoComplete="off" spellCheck={false} />
      </Form>
      {known !== undefined && (
        <p>
          <ServiceLink className="button" service={service.id} tab="contracts" contract={known}>
            {t('deploy.open', { name: known })}
          </ServiceLink>
        </p>
      )}
      {progress && (
        <WriteSteps
          service={service.id}
          progress={progress}
          compiled={made.name}
          title={t('deploy.steps')}
        />
      )}
    </div>
  )
}
