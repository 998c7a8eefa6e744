import { type ControlAct, carriedAct, type ProposalText, toHex } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { nowSeconds } from '../../parts/clock.ts'
import { Area, Choice, Field } from '../../parts/field.tsx'
import { type FieldSpec, Form, type FormState, useForm } from '../../parts/form.tsx'
import { checkText } from '../../parts/form-checks.ts'
import { FormInput } from '../../parts/form-input.tsx'
import { Section } from '../../parts/page.tsx'
import type { ActField, AllianceNow, Proposable } from './act-form.ts'
import { type ProposableKind, proposable, titleOf } from './proposable.ts'
import { ProposePreview } from './propose-preview.tsx'

type Props = { readonly kind: ProposableKind; readonly now: AllianceNow }

/** What was looked at: just this is signed. */
export type Looked = {
  readonly kind: ProposableKind
  readonly now: AllianceNow
  readonly act: ControlAct
  readonly text: ProposalText
  /** The texts that it was made of: where they change it is looked at anew. */
  readonly from: string
}

const hour = 3600
const day = 24 * hour
const times = { hour, day, threeDays: 3 * day, week: 7 * day, month: 30 * day } as const
type Time = keyof typeof times
const timeNames = Object.keys(times) as Time[]

/** Which of them the rules allow; a minute from both bounds, because clocks differ. */
function allowedTimes({ alliance: { deadlineMin, deadlineMax } }: AllianceNow): readonly Time[] {
  const found = timeNames.filter((name) => times[name] >= deadlineMin && times[name] <= deadlineMax)
  return found.length > 0 ? found : ['week']
}

function secondsOf(time: Time, { alliance: { deadlineMin, deadlineMax } }: AllianceNow): number {
  const [least, most] = [deadlineMin + 60, Math.max(deadlineMin, deadlineMax - 60)]
  return Math.min(Math.max(times[time], least), most)
}

/** The fields of an act, why it is proposed and for how long; then the change, to be signed. */
export function ProposeForm({ kind, now }: Props) {
  const words = useTranslation()
  const { t } = words
  const [looked, setLooked] = useState<Looked>()
  const [isSame, setSame] = useState(false)
  const allowed = allowedTimes(now)
  const [time, setTime] = useState<Time>(allowed.includes('week') ? 'week' : (allowed[0] ?? 'week'))
  const what: Proposable = proposable[kind]
  const fields = what.fields(now)
  const form = useForm(specsOf(fields, words), async (values) => {
    const act = await what.act(values, now)
    setSame(act === undefined)
    if (!act) return setLooked(undefined)
    const text = {
      id: `${kind}-${toHex(crypto.getRandomValues(new Uint8Array(4)))}`,
      ...{ title: titleOf(kind, values), reason: (values.reason ?? '').trim() },
      ...{ acts: [carriedAct(act)], deadline: nowSeconds() + secondsOf(time, now) },
    }
    setLooked({ kind, now, act, text, from: fromOf(values, time) })
  })
  const isCurrent = looked?.from === fromOf(form.values, time)
  return (
    <div className="columns">
      <Section title={t(`propose.kinds.${kind}`)} note={t(`propose.notes.${kind}`)}>
        <Form form={form} label={t('propose.title')} submit={t('propose.look')}>
          {fields.map((field) => (
            <ActInput key={field.name} form={form} field={field} />
          ))}
          <Field {...form.field('reason')} autoComplete="off" dir="auto" />
          <Choice
            label={t('propose.time')}
            value={time}
            options={allowed.map((one) => [one, t(`propose.times.${one}`)] as const)}
            onChoose={setTime}
          />
        </Form>
        {isSame && <p role="status">{t('propose.same')}</p>}
      </Section>
      <Section title={t('propose.change')} note={t('propose.changeNote')}>
        {looked && isCurrent ? (
          <ProposePreview key={looked.text.id} looked={looked} />
        ) : (
          <p className="note">{t(looked ? 'propose.changed' : 'propose.waiting')}</p>
        )}
      </Section>
    </div>
  )
}

const fromOf = (values: object, time: Time) => JSON.stringify([values, time])

type Words = ReturnType<typeof useTranslation>

function specsOf(fields: readonly ActField[], { t, i18n }: Words): Record<string, FieldSpec> {
  const specs = fields.map(({ name, check, initial }): [string, FieldSpec] => {
    const hint = i18n.exists(`propose.hints.${name}`) ? t(`propose.hints.${name}`) : undefined
    return [name, { label: t(`propose.fields.${name}`), hint, check, initial }]
  })
  const reason = {
    label: t('propose.reason'),
    hint: t('propose.reasonHint'),
    check: checkText(2000),
  }
  return Object.fromEntries([...specs, ['reason', reason]])
}

type InputProps = { readonly form: FormState<string>; readonly field: ActField }

function ActInput({ form, field: { name, options, labels, isLong } }: InputProps) {
  const { t } = useTranslation()
  const wordOf = (one: string) =>
    name === 'serviceReview' ? t(one === 'yes' ? 'parts.yes' : 'parts.no') : (labels?.[one] ?? one)
  if (isLong) return <Area {...form.field(name)} rows={8} spellCheck={false} dir="ltr" />
  return <FormInput form={form} name={name} options={options} wordOf={wordOf} />
}
