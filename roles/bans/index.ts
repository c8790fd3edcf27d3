/**
 * Role `bans`: addresses that guess passwords reach no login on any host of the site. The judge at the mailstore says who they
 * are (roles/mailstore/judge.ts); here nftables does it, in a table of its own and for the ports of logins alone.
 */
import { hostsWith } from "../../site";
import { defineRole } from "../derived";
import { LOGIN_ROLES, loginPorts, neverBanned } from "../shared/logins";
import { required } from "../shared/mta";
import { PORTS } from "../shared/paths";
import { type BansArgs, USER } from "./args";
import { bansParts } from "./manifest";

export type { BansArgs } from "./args";

export const bans = defineRole<BansArgs>({
  name: "bans",
  component: "Bans",
  summary: "addresses that guess passwords reach no login of the site for a while",
  software: "nftables",
  needs: [
    { role: "mailstore", why: "its judge says who is banned" },
    { role: "link", why: "what the judge says is believed from its host alone", optional: true },
  ],
  implied: ({ site, roles }) =>
    hostsWith(site, "mailstore").length > 0 && roles.some(({ name }) => LOGIN_ROLES.some((role) => role === name)),
  hosts: { several: true, twins: "each its own" },
  users: [`${USER.id}`],
  uses: { judge: { roles: ["mailstore"], port: { mailstore: PORTS.bans }, choice: "local first" } },
  packages: () => ["nftables"],
  listens: () => [],
  data: [],
  watch: [
    {
      what: "IPv4 addresses that are banned",
      argv: [
        "sh",
        "-c",
        'nft -j list set inet postfleet_bans banned4 | python3 -c \'import json, sys; print(sum(len(each["set"].get("elem", [])) for each in json.load(sys.stdin)["nftables"] if "set" in each))\'',
      ],
      normal: { most: 1000 },
    },
  ],
  update: { by: "restart", notice: "nothing: bans go on", twins: "at once" },
  args: (context) => {
    const { site, host } = context;
    return {
      judge: required(context, "judge"),
      ports: loginPorts(site, host.roles),
      countedPorts: loginPorts(site, host.roles.includes("mailstore") ? ["mailstore"] : []),
      connections: site.bans.connections,
      allowed: neverBanned(site),
    };
  },
  manifest: bansParts,
});
