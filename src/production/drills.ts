/** A practised failure: which part fails, and by which drill. */
export interface DrillFault { id: string; fault: 'model' | 'features' }
