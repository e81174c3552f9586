/** Arbitrary cases a property: `npm run test:long` asks for more. */
export const fuzzCases = Number(process.env["FUZZ_CASES"] ?? 1_000);

/** By which a run can be repeated: FUZZ_SEED=<seed>. It is printed where the run is a long one. */
export const fuzzSeed = Number(process.env["FUZZ_SEED"] ?? Date.now() & 0x7fff_ffff);

if (process.env["FUZZ_CASES"] !== undefined) {
  console.log(`${fuzzCases} cases each, FUZZ_SEED=${fuzzSeed}`);
}
