/**
 * How a data-plane process is started so that it stays small; the Dockerfile sets the same. Measured with 64
 * connections at full load: 340 MB with Node's defaults, about 130 MB with these and what `tune-v8.ts` sets.
 *
 * - A young generation of 8 MB a half: Node's default grows to several times the live heap and pauses longer.
 * - One malloc arena, and blocks of 8 KiB and more given back to the system when freed: Node reads from sockets into 64
 *   KiB, and V8's compiler works in blocks of 8 to 32; otherwise they leave holes behind that are never given back.
 * - What is free at the end of malloc's heap is given back from 64 KiB on: 15 MB, at the same speed.
 */
export const DATA_PLANE_MEMORY = {
  NODE_OPTIONS: '--max-semi-space-size=8',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '8192',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_TOP_PAD_: '16384',
} as const
