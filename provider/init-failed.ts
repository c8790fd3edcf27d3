/** How the engine is told that a resource exists but is not ready: a detail in the metadata of a gRPC error. */
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The error with the state to keep: pulumi/proto/pulumi/provider.proto, `ErrorResourceInitFailed`. */
export function initFailed(id: string, properties: Struct, reason: string, refresh: boolean): Partial<StatusObject> {
  const failed = new ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(properties);
  failed.setReasonsList([reason]);
  failed.setRefreshBeforeUpdate(refresh);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(reason);
  answer.addDetails(detail);
  const metadata = new Metadata();
  // google.rpc.Status under this name is what the engine's gRPC reads details from.
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return { code: status.UNKNOWN, details: reason, metadata };
}
