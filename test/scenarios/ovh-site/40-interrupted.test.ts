/** A run that dies while OVH installs a server: the next one waits for that installation and starts no other. */
import { spawn } from "node:child_process";
import { eventually, POSTFLEET, ROOT } from "../support/lab";
import { backDoor, editSite, expectNoChange, pulumi, STACK, up, writes } from "../support/ovh";

const installations = async () => (await writes()).filter((each) => each.includes("srv2.ovh.example/reinstall"));

test("killed in the middle, resumed, and the roles are on the new system", async () => {
  const door = await backDoor();
  await door.clearLog();
  await door.change({ delay: 3000 });
  const minute = new Date().toISOString().slice(0, 16);
  editSite((text) => {
    const at = text.lastIndexOf("reinstall:");
    return text.slice(0, at) + text.slice(at).replace(/reinstall: "[^"]+"/, `reinstall: "${minute}"`);
  });
  const run = spawn(
    POSTFLEET,
    ["pulumi", "--stack", STACK, "--", "up", "--yes", "--skip-preview", "--non-interactive"],
    {
      cwd: ROOT,
      stdio: "ignore",
      detached: true,
    },
  );
  const ended = new Promise((resolve) => run.on("close", resolve));
  await eventually("the installation begins", 120, async () => ((await installations()).length > 0 ? true : undefined));
  process.kill(-(run.pid ?? 0), "SIGKILL");
  await ended;

  await pulumi(["cancel", "--yes"]);
  const { status, output } = await up();
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
  expect(await installations()).toHaveLength(1);
  await expectNoChange();
}, 600_000);
