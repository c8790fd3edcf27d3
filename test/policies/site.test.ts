/** The site that the repository ships, judged by its own policies; and the same site with one thing made wrong each time. */
import type { Role } from "../../policies/finding";
import { judge } from "../../policies/policies";
import type { RoleInputs } from "../../provider/manifest";
import { declareSite, LAB_YAML, rolesIn } from "../components/site/mocks";

describe("the lab's site", () => {
  let roles: Map<string, RoleInputs>;
  beforeAll(async () => {
    roles = rolesIn(await declareSite(LAB_YAML));
  });

  test("has no finding", () => {
    expect(roles.size).toBe(13);
    expect(judge([...roles.values()])).toEqual([]);
  });

  const changed = (name: string, change: (role: RoleInputs) => Role): Role[] =>
    [...roles].map(([each, role]) => (each === name ? change(role) : role));

  const withFile = (role: RoleInputs, path: string, edit: (text: string) => string): Role => {
    const file = role.files[path];
    if (!file) throw new Error(`${role.role} has no file ${path}`);
    const content = edit(file.content);
    if (content === file.content) throw new Error(`the edit of ${path} changed nothing`);
    return { ...role, files: { ...role.files, [path]: { ...file, content } } };
  };

  test("a relay that trusts a whole network is found", () => {
    const main = "/etc/postfix-relay/main.cf";
    const wrong = changed("relay-mail1", (role) =>
      withFile(role, main, (text) => text.replace(/^mynetworks = .*$/m, "mynetworks = 10.0.0.0/8")),
    );
    expect(judge(wrong)).toEqual([`no-open-relay: relay on mail1: ${main}: mynetworks trusts 10.0.0.0/8`]);
  });

  test("an edge that refuses nobody is found", () => {
    const main = "/etc/postfix-mx/main.cf";
    const open = (text: string) =>
      text.replaceAll(/\b(reject|defer)_unauth_destination\b/g, "permit").replaceAll(/\breject$/gm, "permit");
    expect(judge(changed("mx-mail1", (role) => withFile(role, main, open))).join()).toContain(
      "no-open-relay: mx on mail1",
    );
  });

  test("a password in a file that everybody reads is found, and not repeated", () => {
    const path = "/etc/roundcube/config.inc.php";
    const wrong = changed("webmail-mail1", (role) =>
      withFile(role, path, (text) => `${text}$config['des_key'] = 'hunter2';\n`),
    );
    const findings = judge(wrong);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(`no-plain-password: webmail on mail1: ${path} line`);
    expect(findings[0]).not.toContain("hunter2");
  });

  test("a host without a pinned key is found once a role", () => {
    const wrong = changed("backup-back1", (role) => ({ ...role, host: { ...role.host, hostKeys: [] } }));
    expect(judge(wrong)).toEqual([
      expect.stringContaining("host-key-pinned: backup on back1: the host back1 has no pinned host key"),
    ]);
  });

  test("a site without its backups is found", () => {
    const without = [...roles].filter(([name]) => !name.startsWith("backup")).map(([, role]) => role);
    expect(judge(without)).toEqual([expect.stringContaining("backup-elsewhere: mail1 holds data")]);
  });
});
