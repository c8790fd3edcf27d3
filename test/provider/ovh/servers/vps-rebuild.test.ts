/** VPS that are rebuilt, against the fake API. */
import { onTheWire } from "../../../../provider/handler";
import { installationHandler } from "../../../../provider/ovh/servers/installation";
import { virtualServers } from "../../../../provider/ovh/servers/vps-rebuild";
import { UNKNOWN, type ValueMap } from "../../../../provider/values";
import { refusal } from "../ip/fake-account";
import { Engine, machines, OPERATOR, OTHER_KEY, TODAY } from "./machines";

const NEWS: ValueMap = { service: "vps-1.example", image: "Debian 13", sshKey: OPERATOR };
const REBUILD = { ...NEWS, rebuild: TODAY, trustFirstContact: true };
let account: Awaited<ReturnType<typeof machines>>;
beforeEach(async () => {
  account = await machines();
});
afterEach(() => account.close());
const engine = () => new Engine(onTheWire(installationHandler(virtualServers(account.parts), account.parts)));

test("it is rebuilt once, and the key that answers first is pinned, loudly", async () => {
  const one = engine();
  expect(await one.preview(REBUILD)).toBe("create");
  expect(one.said()).toMatch(/ERASED/);
  const { outputs } = await one.up(REBUILD);
  expect(outputs).toMatchObject({
    address: "198.51.100.9",
    os: "Debian 13",
    hostKeys: [OTHER_KEY.publicKey],
    carriedOut: TODAY,
  });
  expect(one.said()).toMatch(/ED25519 SHA256:\S+ is BELIEVED ON FIRST CONTACT/);
  expect(account.world.installed.get("vps-1.example")).toEqual({ image: "Debian 13", sshKey: OPERATOR });
  account.shown.key = "ssh-ed25519 another";
  expect(await one.preview(REBUILD)).toEqual({});
  expect(one.state?.outputs.hostKeys).toEqual([OTHER_KEY.publicKey]);
  expect(account.wipes()).toHaveLength(1);
});

test("a run that was cut off: the next one waits for the same task", async () => {
  account.fake.settings.delay = 60;
  const times = { ...account.parts.times, install: { everyMs: 10, limitMs: 30 } };
  const impatient = { ...account.parts, times };
  const one = new Engine(onTheWire(installationHandler(virtualServers(impatient), impatient)));
  expect(await refusal(one.up(REBUILD))).toMatch(/is still todo/);
  const two = engine();
  await two.up(REBUILD);
  expect(account.wipes()).toHaveLength(1);
  await engine().up(REBUILD);
  expect(account.wipes()).toHaveLength(1);
});

test("without consent to the first key a rebuild is refused, with the ways out", () => {
  const failures = engine().handler.check("urn", { ...NEWS, rebuild: TODAY });
  expect(failures).toMatchObject([
    {
      property: "trustFirstContact",
      reason: expect.stringMatching(/set trustFirstContact: true .* or rebuild it by hand/),
    },
  ]);
  expect(engine().handler.check("urn", NEWS)).toEqual([]);
  expect(
    engine()
      .handler.check("urn", { rebuild: "x", trustFirstContact: true })
      .map((f) => f.property),
  ).toEqual([...["service", "image", "sshKey", "rebuild"]]);
});

test("taken over as it is: no key without consent, the shown one with it", async () => {
  const one = engine();
  expect((await one.up(NEWS)).outputs).toMatchObject({ os: "Debian 12", hostKeys: [] });
  expect(await one.preview(NEWS)).toEqual({});
  expect(one.said()).toMatch(/image: what is declared \(it runs Debian 12\)/);
  account.shown.key = OTHER_KEY.publicKey;
  const { outputs } = await engine().up({ ...NEWS, trustFirstContact: true });
  expect(outputs.hostKeys).toEqual([OTHER_KEY.publicKey]);
  expect(account.wipes()).toEqual([]);
});

test("it answers only when it runs: a machine that is silent is an error", async () => {
  account.parts.shownKey = async () => undefined;
  expect(await refusal(engine().up(REBUILD))).toMatch(/SSH does not answer at 198.51.100.9\n.*KVM/);
});

test("an unknown image is refused in the preview, with the nearest ones; keys are not known ahead", async () => {
  expect(await refusal(engine().preview({ ...REBUILD, image: "debian13_64" }))).toMatch(
    /"debian13_64" cannot be installed on vps-1.example\nthe nearest are "Debian 1/,
  );
  const made = await engine().handler.create("urn", REBUILD, true, engine().report);
  expect(made.outputs.hostKeys).toBe(UNKNOWN);
});
