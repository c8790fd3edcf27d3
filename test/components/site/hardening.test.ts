/** Whoever breaks into a daemon gets no further than it needs; and nobody but root writes where root's files are. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { RoleInputs } from "../../../provider/manifest";
import { describeInChroot, outside, runInChroot, stage } from "../../support/chroot";
import { declareSite, LAB_YAML, rolesIn } from "./mocks";

jest.setTimeout(60_000);

const UNITS = "/etc/systemd/system/";
/** sshd gives people shells, and nftables.service runs once at boot, before any network. */
const NO_DAEMONS = ["nftables.service"];
const DAEMONS = [
  ...["clamav-daemon.service", "clamav-freshclam.service", "dovecot.service", "nginx.service", "pdns.service"],
  ...["php8.4-fpm.service", "postfix-mta-sts-resolver.service", "postfix@mx.service", "postfix@relay.service"],
  ...[
    "postfix@submission.service",
    "postfleet-backup-server-mail1.service",
    "postfleet-bans.service",
    "postfleet-judge.service",
    "postfleet-mta-sts.service",
    "rspamd.service",
  ],
  ...["unbound.service", "valkey-server@rspamd.service"],
];

let roles: RoleInputs[];
beforeAll(async () => {
  roles = [
    ...rolesIn(await declareSite(`${LAB_YAML}filter: { clamav: true, signatures: ["Test:0:0:41"] }\n`)).values(),
  ];
});

test("these are all daemons that the roles run", () => {
  const running = roles.flatMap(({ services }) =>
    Object.entries(services)
      .filter(([unit, spec]) => spec.running && unit.endsWith(".service") && !NO_DAEMONS.includes(unit))
      .map(([unit]) => unit),
  );
  expect([...new Set(running)].sort()).toEqual(DAEMONS);
});

describeInChroot("systemd counts", () => {
  test.each(DAEMONS)("%s as exposed to 3.0 at most", (unit) => {
    const files = roles.flatMap(({ files }) => Object.entries(files)).filter(([path]) => path.startsWith(UNITS));
    const folder = stage(Object.fromEntries(files.map(([path, { content }]) => [path.slice(UNITS.length), content])));
    const { output } = runInChroot(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], {
      env: { SYSTEMD_UNIT_PATH: `${folder}:` },
    });
    const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1];
    expect(output).toContain("Overall exposure level");
    expect(Number(exposure)).toBeLessThanOrEqual(3);
  });
});

describe("a file of root's", () => {
  const parents = (path: string): string[] => (path === "/" ? [] : [dirname(path), ...parents(dirname(path))]);

  test("stands in no directory that a role gives to somebody else", () => {
    const wrong = roles.flatMap(({ role, files, secretFiles, links, directories }) =>
      [...Object.entries({ ...files, ...secretFiles }), ...Object.keys(links).map((path) => [path, { owner: "root" }])]
        .filter(([, spec]) => (spec as { owner: string }).owner === "root")
        .flatMap(([path]) =>
          parents(path as string)
            .filter((above) => {
              const spec = directories[above];
              return spec && (spec.owner !== "root" || (Number.parseInt(spec.mode, 8) & 0o22) !== 0);
            })
            .map((above) => `${role}: ${path} in ${above}`),
        ),
    );
    expect(wrong).toEqual([]);
  });

  describeInChroot("on Debian", () => {
    test("stands in no directory that a package gives to somebody else", () => {
      const wrong = roles.flatMap(({ role, files, secretFiles }) =>
        Object.entries({ ...files, ...secretFiles })
          .filter(([, { owner }]) => owner === "root")
          .flatMap(([path]) =>
            parents(path)
              .filter((above) => {
                const found = statSync(outside(above), { throwIfNoEntry: false });
                return found && (found.uid !== 0 || (found.mode & (found.gid === 0 ? 0o2 : 0o22)) !== 0);
              })
              .map((above) => `${role}: ${path} in ${above}`),
          ),
      );
      expect(wrong).toEqual([]);
    });
  });
});
