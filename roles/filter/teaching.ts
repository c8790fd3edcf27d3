/** The gate by which mailstores of other hosts teach rspamd: they may teach, and nothing else. */
import type { Manifest } from "../../provider/manifest";
import { systemdWord } from "../../quote/config";
import { directory, file, running } from "../shared/entries";
import { bracketed } from "../shared/net";
import { owned, PORTS } from "../shared/paths";
import { program } from "../shared/program";
import { SANDBOX } from "../shared/sandbox";
import { CONTROLLER_SOCKET, type FilterSettings, PROGRAM_DIRECTORY, RSPAMD, RSPAMD_DATA } from "./args";

const GATE = `${PROGRAM_DIRECTORY}/teaching-gate`;
const UNITS = "/etc/systemd/system/rspamd-teaching";

/** postfleet's gate itself, Python. */
export const teachingGate = ({ messageSizeLimit }: Pick<FilterSettings, "messageSizeLimit">) =>
  program("filter", "teaching-gate.py", {
    values: { CONTROLLER: CONTROLLER_SOCKET, LARGEST: messageSizeLimit + 2 * 1024 ** 2 },
  });

/** rspamd-teaching.socket: the port on the link; it may be bound before the link is up. */
export const teachingSocket = (address: string) => `${owned("filter")}[Unit]
Description=Where mailstores of other hosts teach rspamd

[Socket]
ListenStream=${systemdWord(`${bracketed(address)}:${PORTS.controller}`)}
FreeBind=yes

[Install]
WantedBy=sockets.target
`;

/** rspamd-teaching.service: a user of its own, that of rspamd's group who may open its socket, and sees none of its files. */
export const teachingService = () => `${owned("filter")}[Unit]
Description=Gate that lets mailstores of other hosts teach rspamd
After=rspamd.service

[Service]
ExecStart=${GATE}
DynamicUser=yes
SupplementaryGroups=_rspamd
${SANDBOX}ProtectHome=yes
InaccessiblePaths=-${RSPAMD} -${RSPAMD_DATA}
RestrictAddressFamilies=AF_UNIX AF_INET6
CapabilityBoundingSet=
MemoryDenyWriteExecute=yes
MemoryMax=512M
`;

/** What the gate wants of the host; nothing where no mailstore is elsewhere. */
export function teachingParts(s: FilterSettings): Pick<Manifest, "directories" | "files" | "prepare" | "services"> {
  if (!s.teaching) return { directories: {}, files: {}, prepare: [], services: {} };
  const units = [`${UNITS}.socket`, `${UNITS}.service`];
  return {
    directories: { "/usr/local/lib/postfleet": directory(), [PROGRAM_DIRECTORY]: directory() },
    files: {
      [GATE]: file(teachingGate(s), "0755"),
      [`${UNITS}.socket`]: file(teachingSocket(s.teaching.address)),
      [`${UNITS}.service`]: file(teachingService()),
    },
    prepare: [{ argv: ["systemctl", "daemon-reload"], onChange: units }],
    services: {
      "rspamd-teaching.socket": running({ restart: [`${UNITS}.socket`] }),
      "rspamd-teaching.service": running({ restart: [GATE, ...units] }),
    },
  };
}
