/** Unit tests by default; the scenarios need a lab and run by `make test` (see CONTRIBUTING.md). */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: process.env.POSTFLEET_SCENARIOS ? [] : ["/test/scenarios/"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022" }, module: { type: "commonjs" } }] },
};
