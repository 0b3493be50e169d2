/** Document `segment/<12-digit first sequence>`: what the ledger holds of a sealed segment. `manifest` is the SHA-256 of its manifest.json, which has every file's. */
export interface SegmentBody { first: number; last: number; rows: number; root: string; manifest: string }

/** `000000000001`: how a segment is called as a document and as a folder. */
export function segmentId(first: number): string { return String(first).padStart(12, '0') }
