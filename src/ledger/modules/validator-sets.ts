import { equalBytes, type Validator } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import type { StateReader } from '../state/state-view.ts'
import { validatorSteps, validatorsKey } from './validators.ts'

/**
 * The validators of each height, decoded once for as long as the state has the same: every key is
 * checked to be a point of its curve, which takes a quarter of a millisecond.
 */
export class ValidatorSets {
  #bytes: Uint8Array | undefined
  #steps: ReturnType<typeof validatorSteps> = []

  /** As `validatorsAt` says. */
  at(state: StateReader, height: number): readonly Validator[] {
    const bytes = state.get(validatorsKey)
    assert(bytes !== undefined, 'the state has validators')
    if (!this.#bytes || !equalBytes(this.#bytes, bytes)) {
      this.#steps = validatorSteps(state)
      this.#bytes = bytes.slice()
    }
    const step = this.#steps.findLast(({ from }) => from <= height)
    assert(step !== undefined, 'a set of validators holds from height 0 on')
    return step.validators
  }
}
