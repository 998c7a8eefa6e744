import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventChecks } from './event-contract.ts'
import { faultChecks } from './fault-contract.ts'
import { adapters, frameworkPromises, type PromiseId } from './framework-promises.ts'
import type { Check, FrameworkWorld } from './world-contract.ts'
import { writeChecks } from './write-contract.ts'

const checks: Readonly<Record<PromiseId, Check>> = {
  ...writeChecks,
  ...faultChecks,
  ...eventChecks,
}

/** Runs every promise on an adapter; its name is one of `adapters`. */
export function frameworkContract(name: string, createWorld: () => Promise<FrameworkWorld>): void {
  const row = adapters.find((one) => one.name === name)
  assert.ok(row, `${name} is in the table of adapters`)
  describe(`framework ${name}`, () => {
    for (const [id, text] of Object.entries(frameworkPromises)) {
      const reason = row.exceptions[id as PromiseId]
      it(`${id}: ${text}`, { skip: reason ?? false }, async () => {
        const world = await createWorld()
        try {
          await checks[id as PromiseId](world)
        } finally {
          await world.close()
        }
      })
    }
  })
}
