import { contains } from "../../../lab/ovh/addresses";

test.each([
  ["192.0.2.0/24", "192.0.2.9", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["fd66::52", "fd66::51", false],
  ["fd66::52", "fd66:0::0052", true],
  ["fd66::/64", "fd66::51", true],
])("%s contains %s: %s", (block, address, expected) => {
  expect(contains(block, address)).toBe(expected);
});
