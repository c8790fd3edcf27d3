const { default: Sequencer } = require("@jest/test-sequencer");

/** Scenarios are chapters of one story: they run in the order of their names. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
};
