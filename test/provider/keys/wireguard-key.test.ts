/** Keys of the link, judged by wg(8) where there is one. */
import { onTheWire } from "../../../provider/handler";
import { wireguardKey, wireguardKeyHandler } from "../../../provider/keys/wireguard-key";
import { UNKNOWN } from "../../../provider/values";
import { describeInChroot, runInChroot } from "../../support/chroot";

const handler = onTheWire(wireguardKeyHandler);
const report = { info: () => {}, warn: () => {}, progress: () => {} };

describeInChroot("wg", () => {
  test("knows the public half of a private key as we do", () => {
    const { privateKey, publicKey } = wireguardKey();
    expect(runInChroot(["wg", "pubkey"], { input: privateKey }).output.trim()).toBe(publicKey);
  });
});

test("each is another, of 32 bytes", () => {
  const keys = [wireguardKey(), wireguardKey()].flatMap(({ privateKey, publicKey }) => [privateKey, publicKey]);
  expect(new Set(keys).size).toBe(4);
  expect(keys.map((key) => Buffer.from(key, "base64").length)).toEqual([32, 32, 32, 32]);
});

test("made once, secret, and unknown in a preview", async () => {
  const made = await handler.create("urn:a::b::c::link-mx1", {}, false, report);
  expect(made.id).toBe("link-mx1");
  expect(handler.secretOutputs).toEqual(["privateKey"]);
  const state = { ...made, inputs: {} };
  expect(handler.diff(state, {}, report, false)).toEqual({});
  expect(await handler.update(state, {}, false, report)).toEqual(made.outputs);
  const preview = await handler.create("urn", {}, true, report);
  expect(preview.outputs).toEqual({ privateKey: UNKNOWN, publicKey: UNKNOWN });
});
