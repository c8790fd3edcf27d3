/** The login at a smarthost: from the stack's secret to the relay's secret file, for the server that it was given for alone. */
import { loginFor } from "../../components/smarthost";
import { readSite } from "../../plan";
import { folderWith, hostKeyLine } from "../site/fixture";
import { declareSite, LAB_YAML } from "./site/mocks";

const LOGIN = { server: "smtp.example.net:587", user: "relay@example.org", password: "hunter2 :x" };

test.each(["[smtp.example.net]:587", "smtp.example.net:587", "[SMTP.example.net]:587"])("it is for %s", (server) => {
  expect(loginFor("[smtp.example.net]:587", { ...LOGIN, server })).toBe("relay@example.org:hunter2 :x");
});

test.each([
  ["nothing", undefined, /no server, user, password/],
  ["no password", { ...LOGIN, password: "" }, /no password/],
  ["no server", { ...LOGIN, server: undefined }, /no server/],
  ["another server", { ...LOGIN, server: "evil.example:587" }, /is for evil\.example:587, and is not given to \[smtp/],
  ["another port", { ...LOGIN, server: "smtp.example.net:25" }, /is for smtp\.example\.net:25/],
  ["a user with a colon", { ...LOGIN, user: "a:b" }, /cannot be written/],
  ["a second line", { ...LOGIN, password: "a\nb" }, /cannot be written/],
])("refused: %s", (_what, given, says) => {
  const act = () => loginFor("[smtp.example.net]:587", given);
  expect(act).toThrow(says);
  expect(act).toThrow(/hint: /);
  expect(act).not.toThrow(/hunter2|a\nb/);
});

const WITH_LOGIN = `${LAB_YAML}relay: { smarthost: "smtp.example.net:587", smarthostLogin: true }\n`;

test("the site's relay gets it as a secret file, and nothing else has it", async () => {
  const registered = await declareSite(WITH_LOGIN, { smarthost: LOGIN });
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes("hunter2"));
  expect(holders.map(({ name }) => name)).toEqual(["relay-mail1"]);
  const { secretFiles, ...open } = holders[0]?.inputs ?? {};
  expect(JSON.stringify(secretFiles)).toContain("[smtp.example.net]:587 relay@example.org:hunter2 :x");
  expect(JSON.stringify(open)).not.toContain("hunter2");
  expect(JSON.stringify(open)).toContain("smtp_tls_secure_cert_match = nexthop");
});

test.each([
  ["smarthostLogin: true", "relay.smarthostLogin", /no smarthost to log in to/],
  ['smarthost: "smtp.example.net", smarthostLogin: true', "relay.smarthost", /a login at port 25/],
])("refused in the site file: %s", (relay, path, says) => {
  const known = ["10.66.0.11", "10.66.0.21"].map((address) => `${address} ${hostKeyLine()}\n`).join("");
  const yaml = `${LAB_YAML.replace(/^ *caFile: .*\n/m, "")}relay: { ${relay} }\n`;
  const { problems } = readSite(folderWith({ "site.yaml": yaml, "lab.known_hosts": known }));
  const errors = problems.filter(({ severity }) => severity === "error");
  expect(errors).toEqual([expect.objectContaining({ path, message: expect.stringMatching(says) })]);
});
