import type { Engine } from '../../core/ports/engine.ts'
import type { VerifyReport } from '../metadata.ts'
export interface VerifyOptions { engine: Engine | null; onProgress?: (step: string) => void; checkpoints?: string }
export async function verifyHome(_dir: string, _options: VerifyOptions): Promise<VerifyReport> { return { ok: false, checked: [], problems: [] } }
