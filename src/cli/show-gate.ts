import type { Gate } from '../intelligence/index.ts'
import type { Terminal } from './terminal.ts'

/** One comparison with its numbers. */
export function showGate(gate: Gate, t: Terminal): void {
  const estimate = (e: { value: number; low: number; high: number }): string => `${e.value.toFixed(4)} (${e.low.toFixed(4)} to ${e.high.toFixed(4)})`
  t.print(`${gate.passed ? t.good('✓ gate passed') : t.bad('✗ gate refused')}  ${t.dim(gate.id)}`)
  t.print(`  candidate  AUC ${estimate(gate.candidate)}`)
  t.print(`  reference  AUC ${estimate(gate.referenceValue)}  ${t.dim(gate.reference)}`)
  t.print(`  difference     ${estimate(gate.difference)}, margin ${gate.margin}, p ${gate.pValue.toPrecision(3)}, ${gate.rows.toLocaleString('en')} rows, ${gate.positives.toLocaleString('en')} positive`)
  t.print(`  ${gate.reason}`)
}
