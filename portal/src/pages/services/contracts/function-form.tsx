import type { Contracts } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { answerText, type ContractFunction } from './abi.ts'
import { AbiFields, abiSpecs, abiValues, paidIn } from './abi-fields.tsx'
import { useWrite } from './use-write.ts'
import { WriteSteps } from './write-steps.tsx'

type Props = {
  readonly service: string
  readonly contract: string
  readonly contracts: Contracts
  readonly item: ContractFunction
  /** What is said at the fields of its inputs. */
  readonly hints?: readonly (string | undefined)[] | undefined
}

/** One function: asked where it changes nothing, else sent in a transaction. */
export function FunctionForm(props: Props) {
  return props.item.isRead ? <Ask {...props} /> : <Send {...props} />
}

const asGiven = (given: readonly unknown[]) => given

function Ask({ contract, contracts, item, hints }: Props) {
  const { name, inputs, pack = asGiven } = item
  const { t } = useTranslation()
  const [result, setResult] = useState<{ readonly value: unknown }>()
  const form = useForm(abiSpecs({ inputs, hints }), async (values) => {
    setResult(undefined)
    setResult({ value: await contracts.call(contract, name, pack(abiValues(inputs, values))) })
  })
  return (
    <div className="stack">
      <Form form={form} label={name} submit={t('call.ask')}>
        <AbiFields form={form} inputs={inputs} isPayable={false} />
      </Form>
      {result && (
        <div role="status">
          <h3>{t('call.answer')}</h3>
          <CodeBlock text={answerText(result.value)} what={t('call.answer')} />
        </div>
      )}
    </div>
  )
}

function Send({ service, contract, contracts, item, hints }: Props) {
  const { name, inputs, isPayable, pack = asGiven } = item
  const { t } = useTranslation()
  const { progress, write } = useWrite(contracts)
  const wei = isPayable ? t('call.wei') : undefined
  const form = useForm(abiSpecs({ inputs, wei, hints }), (values) => {
    const [args, paid] = [pack(abiValues(inputs, values)), paidIn(values)]
    return write({ contract, name, args, paid }, (idempotencyKey) =>
      contracts.send(contract, name, args, { ...paid, idempotencyKey }),
    )
  })
  return (
    <div className="stack">
      <Form form={form} label={name} submit={t('call.send')}>
        <AbiFields form={form} inputs={inputs} isPayable={isPayable} />
      </Form>
      {progress && <WriteSteps service={service} progress={progress} title={t('call.sent')} />}
    </div>
  )
}
