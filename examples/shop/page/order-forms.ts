import { type MoveKind, type MoveOrder, moveKinds } from '../move.ts'
import { make } from './dom.ts'
import type { Fate, OpenOrder } from './outbox.ts'

export interface OrderForms {
  /** Says in its form why an order was refused, with its values where nobody typed since. */
  showRefusal(open: OpenOrder, refusal: Extract<Fate, { readonly state: 'refused' }>): void
}

type Field = HTMLInputElement | HTMLSelectElement

/** `order` is called once for each order that is complete, however often a button was pressed. */
export function createOrderForms(
  customer: () => string,
  order: (kind: MoveKind, order: MoveOrder) => void,
): OrderForms {
  const forms = new Map(moveKinds.map((kind) => [kind, formOf(kind)]))
  for (const [kind, form] of forms) {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      if (!check(form)) return
      const values = Object.fromEntries(
        fieldsOf(form).map(({ name, value }) => [name, value.trim()]),
      )
      order(kind, { points: '', ...values, customer: customer() })
      // A second press finds an empty form: only what is typed again is another order.
      form.reset()
    })
    form.addEventListener('input', () => showError(form))
    // The second click of a double click would only be told that the form is empty.
    form.querySelector('button')?.addEventListener('click', (event) => {
      if (event.detail > 1) event.preventDefault()
    })
  }
  return {
    showRefusal({ kind, order: refused }, { code, detail }) {
      const form = forms.get(kind)
      if (!form) return
      const fields = fieldsOf(form)
      const values = new Map(Object.entries(refused))
      if (fields.every(({ value, tagName }) => value === '' || tagName === 'SELECT')) {
        for (const one of fields) one.value = values.get(one.name) ?? one.value
      }
      showError(form, { title: titleOf(code, detail), text: `${code}: ${detail}` })
    },
  }
}

function formOf(kind: MoveKind): HTMLFormElement {
  const form = document.querySelector<HTMLFormElement>(`form[data-kind=${kind}]`)
  if (!form) throw new TypeError(`The page has no form for ${kind}.`)
  return form
}

const fieldsOf = (form: HTMLFormElement) => [...form.querySelectorAll<Field>('input, select')]

/** False where something is wrong; the form says what, and the first such field has the focus. */
function check(form: HTMLFormElement): boolean {
  const wrong = fieldsOf(form).filter((one) => {
    // Blanks alone are nothing, which `required` does not know.
    const isWrong = !one.checkValidity() || one.value.trim() === ''
    one.setAttribute('aria-invalid', String(isWrong))
    return isWrong
  })
  const [first] = wrong
  if (!first) return true
  showError(form, { title: first.dataset.wrong ?? '' })
  first.focus()
  return false
}

type Told = { readonly title: string; readonly text?: string }

function showError(form: HTMLFormElement, told?: Told): void {
  const place = form.querySelector('.error')
  if (!told) for (const one of fieldsOf(form)) one.removeAttribute('aria-invalid')
  const text = told?.text === undefined ? [] : [make('span', {}, told.text)]
  place?.replaceChildren(...(told ? [make('strong', {}, told.title), ...text] : []))
}

/** What people want to know first; the gateway's own words stand below. */
function titleOf(code: string, detail: string): string {
  const lacks = /ERC20InsufficientBalance\(.*balance: (\d+), needed: (\d+)/.exec(detail)
  if (lacks) return `Not enough points: ${lacks[2]} are needed, and ${lacks[1]} are there.`
  if (code === 'CALL_REVERTED') return 'The contract refuses this.'
  return 'This was refused.'
}
