/**
 * YAML with places: the parser's events turned into a tree whose every node knows where it stands in the file.
 *
 * js-yaml's `load` would give plain values and lose the lines; its events (YAML 1.2 core schema) keep them.
 */
import { parseEvents, YAMLException } from "js-yaml";
import { controlCharacters, loneReturns } from "./characters";
import { decode } from "./encoding";
import { explainYaml } from "./faults";
import { YamlDocument, type YamlFault } from "./node";
import { buildTree } from "./tree";

/** Reads YAML from the bytes of a file; never throws. */
export function parseYamlFile(bytes: Uint8Array): YamlDocument {
  const { text, faults } = decode(bytes);
  return faults.length > 0 ? new YamlDocument(text, undefined, faults) : parseYaml(text);
}

/** Reads YAML; never throws. */
export function parseYaml(text: string): YamlDocument {
  const characters = [...controlCharacters(text), ...loneReturns(text)];
  if (characters.length > 0) return new YamlDocument(text, undefined, characters);
  try {
    const { root, faults } = buildTree(text, parseEvents(text, {}));
    return new YamlDocument(text, root, faults);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (!/^tab characters/.test(error.reason)) return new YamlDocument(text, undefined, [explainYaml(error, text)]);
    return withoutTabs(text);
  }
}

/** Names every line indented by tabs at once, and reads on as if each were a space, so that other mistakes show too. */
function withoutTabs(text: string): YamlDocument {
  const faults: YamlFault[] = [];
  const spaced = text.replace(/^ *\t[\t ]*(?=\S)/gm, (indent, offset: number) => {
    faults.push({
      offset: offset + indent.indexOf("\t"),
      message: "a tab in the indentation",
      given: "a tab",
      allowed: "spaces",
      hint: "YAML is indented by spaces alone; let the editor expand tabs",
    });
    return " ".repeat(indent.length);
  });
  if (faults.length === 0) return new YamlDocument(text, undefined, [explainTab(text)]);
  const again = spaced === text ? undefined : tryParse(spaced);
  return new YamlDocument(text, again?.root, [...faults, ...(again?.faults ?? [])]);
}

function tryParse(text: string): YamlDocument | undefined {
  try {
    const { root, faults } = buildTree(text, parseEvents(text, {}));
    return new YamlDocument(text, root, faults);
  } catch {
    // The tabs are told; what else is wrong shows when they are gone.
    return undefined;
  }
}

/** A tab that is no indentation of a line, e.g. after a `-`. */
function explainTab(text: string): YamlFault {
  const hint = "YAML is indented by spaces alone; let the editor expand tabs";
  return { offset: Math.max(0, text.indexOf("\t")), message: "a tab where only spaces may be", given: "a tab", hint };
}
