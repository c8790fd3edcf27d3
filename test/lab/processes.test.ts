import { processesRootedIn, rootedIn } from "../../lab/processes";

const UPPER = "/var/lib/postfleet-lab/hosts/mail1/upper";
const ROOT = `41 40 0:35 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a,upperdir=${UPPER},workdir=/w`;

test("a process belongs to a host by the upper directory of its root, whole and at / alone", () => {
  expect(rootedIn(`22 1 0:20 / /proc rw - proc proc rw\n${ROOT}\n`, UPPER)).toBe(true);
  expect(rootedIn(ROOT, "/var/lib/postfleet-lab/hosts/mail")).toBe(false);
  // The outer machine has the overlay mounted too, elsewhere.
  expect(rootedIn(ROOT.replace(" / / ", " / /var/lib/postfleet-lab/hosts/mail1/root "), UPPER)).toBe(false);
  expect(processesRootedIn("/no/such/upper")).toEqual([]);
});
