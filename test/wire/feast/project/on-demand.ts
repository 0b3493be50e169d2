interface Inputs { 'account_state.score': number | null; amount: number | null }

export function weighted(inputs: Inputs): number | null {
  const score = inputs['account_state.score']
  return score === null || inputs.amount === null ? null : score * inputs.amount
}
