/** What a command line for `pulumi` is about: the stack that it names, and whether it only reads. */

/** Commands that change neither a stack, nor its settings, nor hosts: by their words; a command alone means just that. */
const READING = new Set([
  ...["about", "help", "logs", "pre", "preview", "version", "whoami"],
  ...["stack", "stack export", "stack graph", "stack history", "stack ls", "stack output"],
  ...["config", "config get", "plugin", "plugin ls"],
]);
/** Commands whose second word says what they do. */
const GROUPS = new Set(["config", "plugin", "stack"]);
/** Commands whose next word is the stack that they are about. */
const NAMING = ["stack select", "stack init", "stack rm", "cancel"];

const isWord = (arg: string | undefined): arg is string => arg !== undefined && !arg.startsWith("-");

/** The words of the command. They stand first: behind an option, a word may be its value. */
function commandOf(args: readonly string[]): string | undefined {
  const [first, second] = args;
  if (!isWord(first)) return undefined;
  if (!GROUPS.has(first)) return first;
  if (isWord(second)) return `${first} ${second}`;
  return args.slice(1).some(isWord) ? undefined : first;
}

/** Whether the command only reads. One that is not known to counts as one that changes something. */
export function onlyReads(args: readonly string[]): boolean {
  if (args.length === 0 || args.some((arg) => arg === "--help" || arg === "-h")) return true;
  if (args.every((arg) => arg === "--version")) return true;
  return READING.has(commandOf(args) ?? "");
}

/** Options with a value of its own word, of the commands that change a stack: what follows is not looked at. */
const VALUED = new Set([
  ...["--config", "--config-file", "--message", "--parallel", "--target", "--exclude", "--replace", "--target-replace"],
  ...["--plan", "--save-plan", "--policy-pack", "--policy-pack-config", "--secrets-provider", "--color", "--cwd"],
  ...["--copy-config-from", "--file", "--import-file", "--provider", "--parent", "--properties", "--out", "--from"],
]);

/** The value of `-s` in a cluster of short options: `-s x`, `-sx`, `-s=x`, `-ys x`. `next` where it is the next word. */
function inCluster(cluster: string): string | "next" | "skip" | undefined {
  const [, taking = "", value = ""] = /^-[a-zA-Z]*?([scmptxCvo])(.*)$/.exec(cluster) ?? [];
  if (taking === "") return undefined;
  if (taking !== "s") return value === "" ? "skip" : undefined;
  return value === "" ? "next" : value.replace(/^=/, "");
}

/** The stack that the arguments name, as Pulumi takes it; the last of several, as with Pulumi. */
export function stackIn(args: readonly string[]): string | undefined {
  let named: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") break;
    const short = arg.startsWith("--") ? undefined : inCluster(arg);
    if (arg === "--stack" || short === "next") named = args[++at];
    else if (arg.startsWith("--stack=")) named = arg.slice("--stack=".length);
    else if (VALUED.has(arg) || short === "skip") at++;
    else if (short !== undefined) named = short;
  }
  return named ?? positional(args);
}

function positional(args: readonly string[]): string | undefined {
  const command = NAMING.find((words) => words === commandOf(args));
  const next = args[command?.split(" ").length ?? args.length];
  return isWord(next) ? next : undefined;
}
