import { setFlagsFromString } from 'node:v8'

/**
 * Settings of V8 for a process whose calls make many objects and keep none; made by importing this, before any other
 * module.
 *
 * - The old generation is collected when it has grown by a sixth: what little a call leaves behind makes that rare, and
 *   it does not grow to several times what is alive.
 * - No pretenuring: V8 guesses from a few collections at full load that the objects of a call live long, makes them in
 *   the old generation from then on, and collects that every 100 ms: a third fewer calls a second, in one start of five.
 * - Collections of the young generation on one thread: hardly anything survives them, and threads that help cost more
 *   than they save where another process of the data plane has the other core.
 * - What is free is swept by the thread that freed it: otherwise four threads are woken after every collection, eighty
 *   times a second, for buffers that are a few hundred bytes each; 5 % less of a core for a call.
 * - The shapes of objects are kept when no object of them is alive: between two calls that is so of every shape that
 *   calls use, and code compiled for them would be thrown away with each collection; 7 % less of a core for a call.
 * - Larger functions are inlined, to twice V8's bounds: a call passes through many small stages, and through the layers
 *   of node:http and undici; 4 % less of a core for it.
 *
 * They are read anew whenever V8 collects or compiles, so that setting them after the start is safe. The sizes that must
 * be set before are in `shared/embedded/data-plane-memory.ts`.
 */
for (const flag of [
  '--heap-growing-percent=15',
  '--no-allocation-site-pretenuring',
  '--no-parallel-scavenge',
  '--no-concurrent-sweeping',
  '--no-concurrent-array-buffer-sweeping',
  '--retain-maps-for-n-gc=1000000',
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=2000',
]) {
  setFlagsFromString(flag)
}
