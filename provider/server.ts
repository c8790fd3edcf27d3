/** Pulumi's provider protocol (pulumi/proto/pulumi/provider.proto), spoken for the handlers of this provider. */
import type { AddressInfo, Server } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { visible } from "../system/visible";
import { diffResponse } from "./diff-response";
import type { EngineLog } from "./engine-log";
import { type Families, NotReady, SILENT, type WireHandler } from "./handler";
import { initFailed } from "./init-failed";
import { serverForThisUser } from "./peers";
import { fromStruct, resecret, reveal, secret, toStruct, type ValueMap } from "./values";

/** The provider as a whole: configuration once, then handlers by type. */
export interface ProviderDefinition {
  version: string;
  schema: object;
  families: Families;
  configure(config: ValueMap): Promise<void>;
  log: EngineLog;
  close(): Promise<void>;
}

type Implementation<Request, Response> = (request: Request) => Promise<Response> | Response;

/** Turns an async function into a gRPC method; an error becomes a message a person can read, without a stack trace. */
function method<Request, Response>(run: Implementation<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => run(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback(error instanceof Kept ? error.failure : { code: grpc.status.UNKNOWN, details: messageOf(error) }),
      );
  };
}

/** An error whose answer also tells the state to keep. */
class Kept extends Error {
  constructor(readonly failure: Partial<grpc.StatusObject>) {
    super(failure.details);
  }
}

/** What a person reads; it may quote hosts, files, name servers and APIs. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return visible(String(error));
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : "";
  return visible(hint && !error.message.includes(hint) ? `${error.message}\nhint: ${hint}` : error.message);
}

function plain(values: ValueMap): ValueMap {
  return reveal(values) as ValueMap;
}

/** The implementation of every method, ready for `grpc.Server.addService`. */
export function service(provider: ProviderDefinition): grpc.UntypedServiceImplementation {
  const { families, log } = provider;
  /** Resources just read, by URN and id: the engine asks for one diff of its own then, which is none of the person's. */
  const justRead = new Set<string>();

  function handlerOf(urn: string): WireHandler {
    const type = urn.split("::")[2]?.split("$").pop() ?? "";
    const family = families[type] ?? families[type.split(":").slice(0, 2).join(":")];
    const handler = family?.()[type];
    if (handler) return handler;
    const known = Object.values(families).flatMap((load) => Object.keys(load()));
    throw new Error(`no resource of type "${type}" in this provider; it has ${known.join(", ")}`);
  }

  /** Outputs with their secrets marked: those that came as secrets, and those that always are. */
  function marked(handler: WireHandler, outputs: ValueMap, ...templates: ValueMap[]): ValueMap {
    const always = handler.marks ? [handler.marks(outputs)] : [];
    const result = resecret(outputs, ...templates, ...always) as ValueMap;
    for (const name of handler.secretOutputs) {
      const value = outputs[name];
      if (value !== undefined) result[name] = secret(value);
    }
    return result;
  }

  /** Runs a change; when the thing is not ready yet, its state goes to the engine along with the error. */
  async function keeping<T>(handler: WireHandler, news: ValueMap, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      const properties = toStruct(marked(handler, error.outputs, news));
      throw new Kept(initFailed(error.id, properties, messageOf(error.cause), handler.refreshBeforeUpdate));
    }
  }

  return {
    handshake: method((request: proto.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),

    getPluginInfo: method(() => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),

    getSchema: method(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(JSON.stringify(provider.schema));
      return response;
    }),

    checkConfig: method((request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),

    // New connection settings never replace a provider: its resources stay what they are.
    diffConfig: method((request: proto.DiffRequest) => {
      const olds = request.getOldInputs() ?? request.getOlds();
      const same = JSON.stringify(plain(fromStruct(olds))) === JSON.stringify(plain(fromStruct(request.getNews())));
      const response = new proto.DiffResponse();
      response.setChanges(same ? proto.DiffResponse.DiffChanges.DIFF_NONE : proto.DiffResponse.DiffChanges.DIFF_SOME);
      return response;
    }),

    configure: method(async (request: proto.ConfigureRequest) => {
      await provider.configure(plain(fromStruct(request.getArgs())));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),

    check: method((request: proto.CheckRequest) => {
      const handler = handlerOf(request.getUrn());
      const given = fromStruct(request.getNews());
      const news = plain(given);
      const failures = handler.check(request.getUrn(), news);
      const response = new proto.CheckResponse();
      response.setInputs(toStruct(resecret(news, given, handler.marks?.(news)) as ValueMap));
      response.setFailuresList(
        failures.map(({ property, reason }) => {
          const failure = new proto.CheckFailure();
          failure.setProperty(property);
          failure.setReason(visible(reason));
          return failure;
        }),
      );
      return response;
    }),

    diff: method(async (request: proto.DiffRequest) => {
      const urn = request.getUrn();
      const outputs = plain(fromStruct(request.getOlds()));
      const inputs = request.getOldInputs() ? plain(fromStruct(request.getOldInputs())) : outputs;
      const news = plain(fromStruct(request.getNews()));
      const handler = handlerOf(urn);
      const state = { id: request.getId(), inputs, outputs };
      const afterRead = justRead.delete(`${urn} ${state.id}`);
      return diffResponse(await handler.diff(state, news, afterRead ? SILENT : log.reporter(urn), afterRead));
    }),

    create: method(async (request: proto.CreateRequest) => {
      const urn = request.getUrn();
      const handler = handlerOf(urn);
      const news = fromStruct(request.getProperties());
      const { id, outputs } = await keeping(handler, news, () =>
        handler.create(urn, plain(news), request.getPreview(), log.reporter(urn)),
      );
      const response = new proto.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(marked(handler, outputs, news)));
      response.setRefreshBeforeUpdate(handler.refreshBeforeUpdate);
      return response;
    }),

    read: method(async (request: proto.ReadRequest) => {
      const urn = request.getUrn();
      const handler = handlerOf(urn);
      const [inputs, outputs] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const state = { id: request.getId(), inputs: plain(inputs), outputs: plain(outputs) };
      const found = await handler.read(state, log.reporter(urn));
      const response = new proto.ReadResponse();
      response.setRefreshBeforeUpdate(handler.refreshBeforeUpdate);
      if (found) {
        // An import, of which there are no inputs yet, is followed by the person's diff at once.
        if (Object.keys(inputs).length > 0) justRead.add(`${urn} ${found.id}`);
        response.setId(found.id);
        response.setInputs(toStruct(resecret(found.inputs, inputs, handler.marks?.(found.inputs)) as ValueMap));
        response.setProperties(toStruct(marked(handler, found.outputs, outputs, inputs)));
      }
      return response;
    }),

    update: method(async (request: proto.UpdateRequest) => {
      const urn = request.getUrn();
      const handler = handlerOf(urn);
      const news = fromStruct(request.getNews());
      const outputs = plain(fromStruct(request.getOlds()));
      const inputs = request.getOldInputs() ? plain(fromStruct(request.getOldInputs())) : outputs;
      const state = { id: request.getId(), inputs, outputs };
      const updated = await keeping(handler, news, () =>
        handler.update(state, plain(news), request.getPreview(), log.reporter(urn)),
      );
      const response = new proto.UpdateResponse();
      response.setProperties(toStruct(marked(handler, updated, news)));
      response.setRefreshBeforeUpdate(handler.refreshBeforeUpdate);
      return response;
    }),

    delete: method(async (request: proto.DeleteRequest) => {
      const urn = request.getUrn();
      const outputs = plain(fromStruct(request.getProperties()));
      const inputs = request.getOldInputs() ? plain(fromStruct(request.getOldInputs())) : outputs;
      const handler = handlerOf(urn);
      await handler.delete({ id: request.getId(), inputs, outputs }, log.reporter(urn));
      return new Empty();
    }),

    cancel: method(async () => {
      await provider.close();
      return new Empty();
    }),

    attach: method((request: { getAddress(): string }) => {
      log.connect(request.getAddress());
      return new Empty();
    }),
  };
}

/** Serves on a free loopback port and prints it, which is how the engine finds a provider. Other users are not heard. */
export async function serve(provider: ProviderDefinition): Promise<Server> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, service(provider));
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const listener = serverForThisUser((socket) => injector.injectConnection(socket));
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  process.stdout.write(`${(listener.address() as AddressInfo).port}\n`);
  return listener;
}
