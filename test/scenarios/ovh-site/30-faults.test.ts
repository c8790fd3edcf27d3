/** OVH's API fails in the middle of a zone change, or does not allow its end: nothing is half published. */
import { backDoor, dig, editSite, expectNoChange, nameServers, up, writes } from "../support/ovh";

const REPORTS = "dmarcReports: postmaster@campus.example";

afterEach(async () => {
  const door = await backDoor();
  await door.clearFaults();
  await door.grant([{ method: "*", path: "/*" }]);
});

const dmarc = async () =>
  Promise.all((await nameServers()).map((server) => dig(server, "_dmarc.campus-lists.example", "TXT")));
const adsp = async () => Promise.all((await nameServers()).map((server) => dig(server, "campus-lists.example", "TXT")));

test("error 500 in the middle of the records: served is what was, and the next run finishes it", async () => {
  const before = [await dmarc(), await adsp()];
  // Two records of one zone change: the first is written, the second is not.
  editSite((text) => text.replace(REPORTS, `${REPORTS}, spf: ["ip4:192.0.2.99"], dmarcSubdomains: reject`));
  const door = await backDoor();
  await door.addFault({ method: "PUT", path: /campus-lists\.example\/record/, status: 500, skip: 1, times: 50 });
  const first = await up();
  expect(first.status).not.toBe(0);
  expect(first.output).toMatch(/500/);
  expect([await dmarc(), await adsp()]).toEqual(before);

  await door.clearFaults();
  expect((await up()).status).toBe(0);
  for (const text of await dmarc()) expect(text).toMatch(/sp=reject/);
  for (const text of await adsp()) expect(text).toMatch(/192\.0\.2\.99/);
  await expectNoChange();
}, 400_000);

test("credentials that may not publish: an error before anything is written", async () => {
  const door = await backDoor();
  await door.grant([
    { method: "GET", path: "/*" },
    { method: "POST", path: "/domain/zone/*/record" },
    { method: "PUT", path: "/domain/zone/*/record/*" },
    { method: "DELETE", path: "/domain/zone/*/record/*" },
  ]);
  await door.clearLog();
  editSite((text) => text.replace("192.0.2.99", "192.0.2.98"));
  const { status, output } = await up();
  expect(status).not.toBe(0);
  expect(output).toMatch(/refresh/);
  expect(await writes()).toEqual([]);

  await door.grant([{ method: "*", path: "/*" }]);
  expect((await up()).status).toBe(0);
  for (const text of await adsp()) expect(text).toMatch(/192\.0\.2\.98/);
}, 240_000);
