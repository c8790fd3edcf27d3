/** Values in files of daemons read back as they were, where the daemon has a way to say so. */
import { spawnSync } from "node:child_process";
import {
  comment,
  nftSet,
  nginxString,
  plainWord,
  systemdArgument,
  systemdWord,
  uclList,
  uclString,
} from "../../quote/config";
import { describeInChroot, inChroot, stage } from "../support/chroot";
import { quotedBy, texts } from "./nasty";

const wellFormed = (text: string) => !/\p{Cs}/u.test(text);

describeInChroot("UCL", () => {
  test("rspamd reads back what was said, and puts no variable in", () => {
    const sayable = (text: string) =>
      wellFormed(text) &&
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these UCL cannot say
      !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) &&
      !(text.includes("$") && /[\\\r\n]|\{[%=#{]/.test(text));
    const known = ["${CONFDIR}", "$CONFDIR'", "$$CONFDIR", "'$CONFDIR", "{% x %}", "{= x =}", "{# x #}", "{{x}}"];
    const pairs = quotedBy(uclString, sayable, [...known, ...texts(3)]);
    const folder = stage({
      "override.d/options.inc": pairs.map(([, quoted], index) => `postfleet${index} = ${quoted};\n`).join(""),
    });
    const says = inChroot("rspamadm", `--var=LOCAL_CONFDIR=${folder}`, "configdump", "--json", "options");
    const options = JSON.parse(says.stdout).options ?? JSON.parse(says.stdout);
    expect(pairs.map((_, index) => options[`postfleet${index}`])).toEqual(pairs.map(([text]) => text));
  }, 60_000);
});

describeInChroot("nginx", () => {
  test("takes every string, and answers with it", () => {
    const sayable = (text: string) => wellFormed(text) && !/[$\0]/.test(text);
    const pairs = quotedBy(nginxString, sayable, texts(4));
    const maps = pairs.map(([, quoted], index) => `map $uri $m${index} { default ${quoted}; }\n`).join("");
    const folder = stage({
      "nginx.conf": `error_log stderr;\nevents {}\nhttp {\nmap_hash_max_size 8192;\nvariables_hash_max_size 8192;\n${maps}}\n`,
    });
    const says = inChroot("nginx", "-t", "-q", "-e", "stderr", "-c", `${folder}/nginx.conf`);
    expect(says).toMatchObject({ status: 0, output: "" });
    // Its dump is the file; what it understood is judged by its own rules: quotes end a token, and nothing follows it.
    for (const [text, quoted] of pairs)
      expect([text, quoted.slice(1, -1).replace(/\\(["\\])/g, "$1")]).toEqual([text, text]);
  });
});

describeInChroot("systemd", () => {
  const sayable = (text: string) => wellFormed(text) && !/[\0\r\n]|\p{NChar}/u.test(text);
  const given = texts(5).filter((text) => text !== "");

  test("verify takes every word of a setting and of a command", () => {
    const words = quotedBy(systemdWord, sayable, given).map(([, word]) => `Environment=A${word}\n`);
    const argv = quotedBy(systemdArgument, sayable, given).map(([, word]) => `ExecStart=/bin/true ${word}\n`);
    const folder = stage({ "nasty.service": `[Service]\nType=oneshot\n${argv.join("")}` });
    const says = inChroot("systemd-analyze", "verify", "--man=no", `${folder}/nasty.service`);
    expect(says.output).not.toContain("nasty.service");
    expect(says.status).toBe(0);
    expect(words).not.toEqual([]);
  });
});

test("systemd: specifiers, quotes and variables are text", () => {
  expect(["/srv/a", "50%h", 'a "b"', "$x", "a\\b", "a;b"].map(systemdWord)).toEqual([
    "/srv/a",
    "50%%h",
    '"a \\"b\\""',
    "$x",
    '"a\\\\b"',
    '"a;b"',
  ]);
  expect(systemdArgument("$x")).toBe("$$x");
});

describeInChroot("nft", () => {
  test("takes a set of addresses and networks", () => {
    const addresses = ["192.0.2.1", "198.51.100.0/24"];
    const rule = `ip saddr ${nftSet(addresses)} accept\n ip6 saddr ${nftSet(["2001:db8::1", "2001:db8:1::/48"])} accept\n`;
    const folder = stage({ rules: `table inet t {\n chain c {\n ${rule} }\n}\n` });
    expect(inChroot("unshare", "--net", "nft", "-c", "-f", `${folder}/rules`)).toMatchObject({ status: 0, output: "" });
  });
});

test("nft: nothing else is an address", () => {
  for (const text of [
    ...texts(6),
    "192.0.2.1/33",
    "192.0.2.1/24/3",
    "fe80::1%eth0",
    "::/129",
    "1.2.3.4/ 8",
    "1.2.3.4/",
  ])
    expect(() => nftSet([text])).toThrow(/no address for nftables\. Allowed is/);
});

describe("plain words and comments", () => {
  test("mean nothing in shell, quoted or not", () => {
    const pairs = quotedBy(plainWord, (text) => /^[\p{L}\p{M}\p{N}_.:/@%+,=[\]-]+$/u.test(text));
    const input = pairs.map(([, word]) => `set -f; printf '%s\n' ${word} "${word}" '${word}' # ${word}`).join("\n");
    const { stdout } = spawnSync("sh", ["-s"], { input, encoding: "utf8" });
    expect(stdout.split("\n").slice(0, -1)).toEqual(pairs.flatMap(([text]) => [text, text, text]));
  });

  test("a comment ends with its line", () => {
    quotedBy(comment, (text) => wellFormed(text) && !/[\0\r\n]/.test(text));
  });
});

test("ordinary values keep the form they had", () => {
  expect(uclList(["127.0.0.0/8", "::1"])).toBe('["127.0.0.0/8", "::1"]');
  expect(nginxString("version: STSv1\r\n")).toBe('"version: STSv1\r\n"');
  expect(nftSet(["192.0.2.1", "192.0.2.2"])).toBe("{ 192.0.2.1, 192.0.2.2 }");
});
