/**
 * Loaded into a program that is tested (`--import`): its timers of exactly the 30 s after which a
 * commit is taken for failed go off after five, so that a test need not wait for them; a start on a
 * busy machine takes longer than one. All others, and what the program says, stay as they are.
 */
const { setTimeout: start } = globalThis

globalThis.setTimeout = Object.assign(
  (act, ms, ...more) => start(act, ms === 30_000 ? 5000 : ms, ...more),
  start,
)
