/** Messages to the person at the terminal, through the engine (pulumi/proto/pulumi/engine.proto). */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { visible } from "../system/visible";
import type { Reporter } from "./handler";

/** Sends log lines to the engine; before it is connected they go to standard error. */
export class EngineLog {
  private client: EngineClient | undefined;

  /** Where the engine listens: told by the handshake or on the command line. */
  connect(address: string): void {
    if (!address || this.client) return;
    this.client = new EngineClient(address, grpc.credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
    });
  }

  /** A reporter whose lines appear under one resource. */
  reporter(urn: string): Reporter {
    return {
      info: (message) => this.send(LogSeverity.INFO, message, urn, false),
      warn: (message) => this.send(LogSeverity.WARNING, message, urn, false),
      progress: (message) => this.send(LogSeverity.INFO, message, urn, true),
    };
  }

  private send(severity: LogSeverity, text: string, urn: string, ephemeral: boolean): void {
    const message = visible(text);
    if (!this.client) {
      process.stderr.write(`${message}\n`);
      return;
    }
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // A log line that cannot be delivered must not fail the change it tells about.
    this.client.log(request, () => {});
  }
}
