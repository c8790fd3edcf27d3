/** Images that servers and VPS can be installed with. */

export interface Image {
  /** Name as `operatingSystem` takes it. */
  templateName: string;
  description: string;
  /** Whether this account's servers can run it. */
  compatible: boolean;
}

export const IMAGES: readonly Image[] = [
  { templateName: "debian13_64", description: "Debian 13 (Trixie)", compatible: true },
  { templateName: "debian12_64", description: "Debian 12 (Bookworm)", compatible: true },
  { templateName: "ubuntu2404-server_64", description: "Ubuntu Server 24.04 LTS", compatible: true },
  { templateName: "rocky9_64", description: "Rocky Linux 9", compatible: true },
  { templateName: "byolinux_64", description: "Bring your own Linux", compatible: true },
  { templateName: "win2022-std_64", description: "Windows Server 2022 Standard", compatible: false },
];

/** Images of a VPS: id -> name. */
export const VPS_IMAGES: Record<string, string> = {
  "5f6a1d1c-0000-4000-8000-000000000013": "Debian 13",
  "5f6a1d1c-0000-4000-8000-000000000012": "Debian 12",
  "5f6a1d1c-0000-4000-8000-000000002404": "Ubuntu 24.04",
};
