import { manifest, type RoleInputs } from "../../../provider/manifest";
import { absentFrom, withAbsent } from "../../../provider/role/absent";

const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["ssh-ed25519 AAAA"] };
const file = (content: string) => ({ content, mode: "0600", owner: "root", group: "root" });

function role(files: RoleInputs["files"], secretFiles: RoleInputs["secretFiles"]): RoleInputs {
  return { host, ...manifest("mx", { packages: { postfix: "present" }, files, secretFiles }) };
}

test("what is gone from the host is looked for again at the next read", () => {
  const wanted = role({ "/a": file("a"), "/b": file("b") }, {});
  const live = role({ "/a": file("a") }, {});
  const absent = absentFrom(wanted, live);
  expect(absent).toEqual({ files: { "/b": file("b") } });
  expect(withAbsent(live, absent)).toEqual(wanted);
});

test("nothing is kept when nothing is gone", () => {
  const wanted = role({ "/a": file("a") }, {});
  expect(absentFrom(wanted, role({ "/a": file("edited") }, {}))).toBeUndefined();
  expect(withAbsent(wanted, undefined)).toEqual(wanted);
});

test("the content of a missing secret file is not kept", () => {
  const absent = absentFrom(role({}, { "/key": file("hush") }), role({}, {}));
  expect(absent).toEqual({ secretFiles: { "/key": file("") } });
});
