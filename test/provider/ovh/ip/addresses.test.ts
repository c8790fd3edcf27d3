import { canonicalAddress, canonicalBlock, contains, OwnBlocks } from "../../../../provider/ovh/ip/addresses";

test.each([
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:0db8::0001", "2001:db8::1"],
  ["192.0.2.1", "192.0.2.1"],
  ["fe80::1%eth0", undefined],
  ["192.0.2.1/32", undefined],
  ["192.0.2", undefined],
])("address %s is %s", (given, canonical) => {
  expect(canonicalAddress(given)).toBe(canonical);
});

test.each([
  ["192.0.2.0/28", "192.0.2.0/28"],
  ["192.0.2.7", "192.0.2.7/32"],
  ["2001:DB8:0::/56", "2001:db8::/56"],
  ["192.0.2.0/33", undefined],
  ["192.0.2.0/", undefined],
  ["192.0.2.0/8/8", undefined],
])("block %s is %s", (given, canonical) => {
  expect(canonicalBlock(given)).toBe(canonical);
});

test("an address belongs to a block of its own family", () => {
  expect(contains("192.0.2.0/28", "192.0.2.15")).toBe(true);
  expect(contains("192.0.2.0/28", "192.0.2.16")).toBe(false);
  expect(contains("::/0", "192.0.2.1")).toBe(false);
  expect(contains("2001:db8::/64", "2001:db8::ffff")).toBe(true);
});

describe("our blocks", () => {
  const list = ["2001:db8::/56", "192.0.2.0/28", "192.0.2.8/32", "2001:db8:0:1::/64"];
  let asked = 0;
  const get = async () => {
    if (++asked === 1) throw new Error("busy");
    return list as never;
  };
  const never = async () => {
    throw new Error("nothing is written here");
  };
  const blocks = new OwnBlocks(() => ({ get, post: never, put: never, delete: never }));

  test("a failed question is asked again, an answered one not", async () => {
    await expect(blocks.list()).rejects.toThrow("busy");
    expect(await blocks.list()).toEqual(list);
    await blocks.list();
    expect(asked).toBe(2);
  });

  test("the smallest block around an address is the one", async () => {
    expect(await blocks.of("192.0.2.8")).toBe("192.0.2.8/32");
    expect(await blocks.of("192.0.2.9")).toBe("192.0.2.0/28");
    expect(await blocks.of("2001:db8:0:1::7")).toBe("2001:db8:0:1::/64");
    expect(await blocks.find("198.51.100.1")).toBeUndefined();
  });
});
