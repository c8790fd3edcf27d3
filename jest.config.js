/** Unit tests by default; under POSTFLEET_SCENARIOS=1 also the scenarios, which need the lab (see CONTRIBUTING.md). */
const scenarios = Boolean(process.env.POSTFLEET_SCENARIOS);

module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: scenarios ? [] : ["/test/scenarios/"],
  ...(scenarios ? { testSequencer: "<rootDir>/test/scenarios/sequencer.js", testTimeout: 120_000 } : {}),
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022" }, module: { type: "commonjs" } }] },
};
