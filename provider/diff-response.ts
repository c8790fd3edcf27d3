/** The engine's form of a diff: which properties change, and how, path by path. */
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { ChangeKind, Changes } from "./handler";

const KINDS: Record<ChangeKind, proto.PropertyDiff.Kind> = {
  add: proto.PropertyDiff.Kind.ADD,
  delete: proto.PropertyDiff.Kind.DELETE,
  update: proto.PropertyDiff.Kind.UPDATE,
  "add-replace": proto.PropertyDiff.Kind.ADD_REPLACE,
  "delete-replace": proto.PropertyDiff.Kind.DELETE_REPLACE,
  "update-replace": proto.PropertyDiff.Kind.UPDATE_REPLACE,
};

/** The first name of a property path: `files["/etc/x"].content` -> `files`. */
function topLevel(path: string): string {
  return path.replace(/[.[].*$/s, "");
}

/** The answer to Diff. */
export function diffResponse(changes: Changes): proto.DiffResponse {
  const response = new proto.DiffResponse();
  const entries = Object.entries(changes);
  response.setChanges(
    entries.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE,
  );
  response.setHasdetaileddiff(true);
  response.setDiffsList([...new Set(entries.map(([path]) => topLevel(path)))]);
  response.setReplacesList([
    ...new Set(entries.filter(([, kind]) => kind.endsWith("-replace")).map(([path]) => topLevel(path))),
  ]);
  for (const [path, kind] of entries) {
    const detail = new proto.PropertyDiff();
    detail.setKind(KINDS[kind]);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}
