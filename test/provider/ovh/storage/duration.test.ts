import { duration, sameDuration } from "../../../../provider/ovh/storage/duration";

test.each([
  ["P7D", "P1W", true],
  ["P1Y", "P12M", true],
  ["PT48H", "P2D", true],
  ["P1W2D", "P9D", true],
  ["P1M", "P30D", false],
  ["P1Y", "P365D", false],
  ["P1M", "PT1M", false],
  ["30 days", "30 days", false],
])("%s and %s mean the same: %s", (a, b, same) => {
  expect(sameDuration(a, b)).toBe(same);
});

test.each(["", "P", "PT", "P1DT", "7D", "P-1D", "P1,5D"])("%j is no duration", (text) => {
  expect(duration(text)).toBeUndefined();
});
