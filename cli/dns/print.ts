/** The report for people: one line for what is right, a block for what is not. */
import { visibleLine } from "../../system/visible";
import type { DnsReport } from "./check";
import type { Finding, Verdict } from "./finding";

const NAMES: Record<Verdict, string> = {
  ok: "ok",
  missing: "missing",
  different: "different",
  extra: "extra value",
  partial: "not published everywhere",
  failing: "failing",
  unknown: "could not be found out",
};

/** Characters shown of what is right: enough to know it again. */
const WIDTH = 90;

/** Characters shown of one value that is not right: a long key is in it. */
const LONGEST = 2000;

/** How a text is marked on a terminal. */
export type Mark = (text: string, as: "bold" | "red" | "yellow" | "green") => string;

const mark = ({ verdict, level }: Finding) => (verdict === "ok" ? "✓" : level === "required" ? "✗" : "!");
const colour = ({ verdict, level }: Finding) => (verdict === "ok" ? "green" : level === "required" ? "red" : "yellow");

/** A list beside its label, each further line below the first. */
function labelled(label: string, lines: string[]): string {
  return lines
    .map((line, index) => `      ${(index === 0 ? label : "").padEnd(8)} ${visibleLine(line, LONGEST)}\n`)
    .join("");
}

function block(finding: Finding, style: Mark): string {
  const { verdict, level, why, rfc, wanted, found, notes, todo } = finding;
  const subject = visibleLine(finding.subject);
  const sign = style(mark(finding), colour(finding));
  if (verdict === "ok") {
    const values = visibleLine([...wanted, ...notes.map((note) => `(${note})`)].join("  "));
    const short = values.length > WIDTH ? `${values.slice(0, WIDTH - 1)}…` : values;
    return `  ${sign} ${subject.padEnd(40)} ${short}\n${todo === undefined ? "" : labelled("advice", todo.split("\n"))}`;
  }
  const width = Math.max(0, ...found.map(({ server }) => server.length));
  const said = found.flatMap(({ server, values, problem }) => {
    const lines = [...(problem === undefined ? [] : [problem]), ...(values ?? [])];
    return (lines.length > 0 ? lines : ["nothing"]).map(
      (line, i) => `${(i === 0 ? server : "").padEnd(width)}  ${line}`,
    );
  });
  return [
    `  ${sign} ${style(subject, "bold")}: ${style(NAMES[verdict], colour(finding))} (${level}: ${why}, ${rfc})\n`,
    labelled("wanted", wanted),
    labelled("found", said),
    labelled("note", notes),
    labelled("do", todo?.split("\n") ?? []),
  ].join("");
}

function summary(report: DnsReport, style: Mark): string {
  const counts = (Object.keys(NAMES) as Verdict[]).flatMap((verdict) =>
    report.counts[verdict] ? [`${report.counts[verdict]} ${NAMES[verdict]}`] : [],
  );
  const end = {
    0: style("all that is required is right", "green"),
    1: style("something that is required is wrong", "red"),
    2: style("not all that is required could be found out", "red"),
  }[report.status];
  return `${report.site}: ${counts.join(", ")}; ${end}\n`;
}

/** The whole report. */
export function formatReport(report: DnsReport, style: Mark): string {
  const zones = [...Object.keys(report.nameServers), ""];
  const sections = zones.map((zone) => {
    const findings = report.findings.filter((finding) => finding.zone === zone);
    if (findings.length === 0) return "";
    const servers = (report.nameServers[zone] ?? []).map(({ name }) => visibleLine(name)).join(", ");
    const title = zone === "" ? "Addresses, and zones of others" : `${zone}${servers && `, served by ${servers}`}`;
    return `${style(title, "bold")}\n${findings.map((finding) => block(finding, style)).join("")}\n`;
  });
  const shape =
    report.judgedBy === "shape"
      ? "Without the state of a stack keys are judged by their shape alone: --stack compares them.\n"
      : "";
  return `${sections.join("")}${shape}Resolvers asked: ${report.resolvers.join(", ")}\n${summary(report, style)}`;
}
