/** Partitions as ServerInstall takes them. */
import type { CheckFailure } from "../../handler";
import { hasUnknown, type Preview } from "../../values";
import type { MachineInputs, Partition } from "./contract";

/** File systems of Linux among those of the API's schema. */
const FILE_SYSTEMS = ["ext4", "xfs", "btrfs", "zfs", "ext3", "swap"];
const RAID_LEVELS = [0, 1, 5, 6, 7, 10];

/** Everything that OVH would refuse, or that would not boot. */
export function partitionProblems(partitions: Preview<MachineInputs>["partitions"]): CheckFailure[] {
  if (!areKnown(partitions)) return [];
  if (!Array.isArray(partitions)) return [{ property: "partitions", reason: "a list is wanted" }];
  const failures = partitions.flatMap(({ mount, size, fs, raid }, i) => {
    const swap = fs === "swap";
    const wrong = {
      mount: swap === (mount === "swap") && (swap || /^\/(\S*[^/\s])?$/.test(String(mount))),
      size: Number.isInteger(size) && size >= 0,
      fs: FILE_SYSTEMS.includes(fs),
      raid: raid === undefined || RAID_LEVELS.includes(raid),
    };
    const allowed = {
      mount: 'an absolute path, or "swap" with the file system swap',
      size: "whole MiB, or 0 for the rest",
      fs: FILE_SYSTEMS.join(", "),
      raid: RAID_LEVELS.join(", "),
    };
    return (Object.keys(wrong) as (keyof typeof wrong)[])
      .filter((name) => !wrong[name])
      .map((name) => ({
        property: `partitions[${i}].${name}`,
        reason: `is ${JSON.stringify(partitions[i]?.[name])}; allowed: ${allowed[name]}`,
      }));
  });
  const mounts = partitions.map(({ mount }) => mount);
  const twice = mounts.filter((mount, i) => mounts.indexOf(mount) !== i);
  const whole = (reason: string) => failures.push({ property: "partitions", reason });
  if (twice.length > 0) whole(`mounted twice: ${[...new Set(twice)].join(", ")}`);
  if (!mounts.includes("/")) whole('there is none for "/"');
  if (partitions.filter(({ size }) => size === 0).length > 1) whole("only one can take the rest (size 0)");
  return failures;
}

const areKnown = (partitions: Preview<MachineInputs>["partitions"]): partitions is Partition[] =>
  !hasUnknown(partitions);
