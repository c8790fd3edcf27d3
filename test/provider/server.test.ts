/** Pulumi's provider protocol over a real gRPC channel, with a handler of a few lines behind it. */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineLog } from "../../provider/engine-log";
import { type Changes, NotReady, type ResourceHandler, type ResourceState, SILENT } from "../../provider/handler";
import { service } from "../../provider/server";
import { fromStruct, secret, toStruct, type ValueMap } from "../../provider/values";
import { failureOf } from "../support/failure";

const URN = "urn:pulumi:s::p::a:b:Parent$test:x:Thing::thing";
const seen: { configured?: ValueMap; state?: ResourceState; news?: ValueMap; closed?: boolean } = {};
let changes: Changes = {};
/** What the engine would show, and whether each diff was told to be the engine's own. */
let told: string[] = [];
let own: boolean[] = [];
let failure: Error | undefined;
let gone = false;

/** Notes what it gets; fails when told to. */
const thing: ResourceHandler = {
  refreshBeforeUpdate: true,
  secretOutputs: ["key"],
  marks: () => ({ pin: secret("") }),
  check: (_urn, news) =>
    ["size", "colour"].filter((name) => news[name] === "bad").map((property) => ({ property, reason: "is bad" })),
  diff: (state, news, report, afterRead) => {
    Object.assign(seen, { state, news });
    own.push(afterRead);
    report.info("something changes");
    return changes;
  },
  create: async (_urn, news) => {
    if (failure) throw failure;
    return { id: "id-1", outputs: { ...news, key: "made", size: 1 } };
  },
  read: async (state) =>
    gone ? undefined : { id: "id-2", inputs: state.inputs, outputs: { ...state.outputs, pin: "1234" } },
  update: async (state, news) => {
    Object.assign(seen, { state, news });
    return { ...news, key: "kept" };
  },
  delete: async (state) => {
    seen.state = state;
  },
};

const log = new EngineLog();
log.reporter = () => ({ ...SILENT, info: (message) => void told.push(message) });

let server: grpc.Server;
let client: ResourceProviderClient;
beforeAll(async () => {
  server = new grpc.Server();
  const definition = service({
    version: "1.2.3",
    schema: { name: "test" },
    families: { "test:x": () => ({ "test:x:Thing": thing }) },
    configure: async (config) => {
      seen.configured = config;
    },
    log,
    close: async () => {
      seen.closed = true;
    },
  });
  server.addService(ResourceProviderService, definition);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});
beforeEach(() => {
  [changes, failure, gone] = [{}, undefined, false];
  [told, own] = [[], []];
});

/** A call as a promise. */
function call<Request, Response>(
  method: (request: Request, callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) =>
    method.call(client, request, (error, response) => (error ? reject(error) : resolve(response))),
  );
}

const withUrn = <T extends { setUrn(urn: string): void }>(request: T, set: (request: T) => void): T => {
  request.setUrn(URN);
  set(request);
  return request;
};
const create = (values: ValueMap, urn = URN) => {
  const request = withUrn(new proto.CreateRequest(), (r) => r.setProperties(toStruct(values)));
  request.setUrn(urn);
  return call<proto.CreateRequest, proto.CreateResponse>(client.create, request);
};
const read = (inputs: ValueMap, outputs: ValueMap) =>
  call<proto.ReadRequest, proto.ReadResponse>(
    client.read,
    withUrn(new proto.ReadRequest(), (r) => {
      r.setId("id-1");
      r.setInputs(toStruct(inputs));
      r.setProperties(toStruct(outputs));
    }),
  );
const diff = (outputs: ValueMap, inputs: ValueMap | undefined, news: ValueMap) =>
  call<proto.DiffRequest, proto.DiffResponse>(
    client.diff,
    withUrn(new proto.DiffRequest(), (r) => {
      r.setId("id-1");
      r.setOlds(toStruct(outputs));
      if (inputs) r.setOldInputs(toStruct(inputs));
      r.setNews(toStruct(news));
    }),
  );

test("the engine is told that secrets are welcome, the version, the schema and the configuration", async () => {
  const handshake = await call<proto.ProviderHandshakeRequest, proto.ProviderHandshakeResponse>(
    client.handshake,
    new proto.ProviderHandshakeRequest(),
  );
  expect(handshake.getAcceptSecrets()).toBe(true);
  const schema = await call<proto.GetSchemaRequest, proto.GetSchemaResponse>(
    client.getSchema,
    new proto.GetSchemaRequest(),
  );
  expect(JSON.parse(schema.getSchema())).toEqual({ name: "test" });
  const request = new proto.ConfigureRequest();
  request.setArgs(toStruct({ sshPrivateKey: secret("PEM"), hosts: "{}" }));
  const configured = await call<proto.ConfigureRequest, proto.ConfigureResponse>(client.configure, request);
  expect(configured.getAcceptsecrets() && configured.getSupportspreview()).toBe(true);
  expect(seen.configured).toEqual({ sshPrivateKey: "PEM", hosts: "{}" });
});

test("what came in secret goes out secret, at the same place; so does what always is", async () => {
  const response = await create({ open: "o", files: { a: { content: secret("s"), mode: "0600" } }, pin: "1" });
  expect(response.getId()).toBe("id-1");
  expect(fromStruct(response.getProperties())).toEqual({
    open: "o",
    files: { a: { content: secret("s"), mode: "0600" } },
    pin: secret("1"),
    key: secret("made"),
    size: 1,
  });
});

test("read marks inputs and outputs, and says with nothing that the thing is gone", async () => {
  const found = await read({ open: "o", word: secret("w") }, { open: "o", word: "w" });
  expect(found.getId()).toBe("id-2");
  expect(fromStruct(found.getInputs())).toEqual({ open: "o", word: secret("w") });
  expect(fromStruct(found.getProperties())).toEqual({ open: "o", word: secret("w"), pin: secret("1234") });
  gone = true;
  const lost = await read({}, {});
  expect([lost.getId(), lost.getProperties()]).toEqual(["", undefined]);
});

test("create, read and update ask for a refresh before the next update", async () => {
  expect((await create({})).getRefreshBeforeUpdate()).toBe(true);
  expect((await read({}, {})).getRefreshBeforeUpdate()).toBe(true);
  const request = withUrn(new proto.UpdateRequest(), (r) => {
    r.setOlds(toStruct({ a: "live" }));
    r.setOldInputs(toStruct({ a: secret("was") }));
    r.setNews(toStruct({ a: secret("is") }));
  });
  const updated = await call<proto.UpdateRequest, proto.UpdateResponse>(client.update, request);
  expect(updated.getRefreshBeforeUpdate()).toBe(true);
  expect(seen).toMatchObject({ state: { inputs: { a: "was" }, outputs: { a: "live" } }, news: { a: "is" } });
  expect(fromStruct(updated.getProperties())).toEqual({ a: secret("is"), key: secret("kept") });
});

test("every kind of change keeps its kind and its path; the top names come once", async () => {
  const kinds = proto.PropertyDiff.Kind;
  changes = {
    'files["/etc/a.b"].content': "update",
    'files["/etc/c"]': "add",
    'packages["x"]': "delete",
    "host.name": "update-replace",
    role: "add-replace",
    keep: "delete-replace",
  };
  const response = await diff({}, {}, {});
  expect(response.getChanges()).toBe(proto.DiffResponse.DiffChanges.DIFF_SOME);
  expect(response.getHasdetaileddiff()).toBe(true);
  const detailed = response.getDetaileddiffMap();
  const found = Object.fromEntries(Object.keys(changes).map((path) => [path, detailed.get(path)?.getKind()]));
  expect(found).toEqual({
    'files["/etc/a.b"].content': kinds.UPDATE,
    'files["/etc/c"]': kinds.ADD,
    'packages["x"]': kinds.DELETE,
    "host.name": kinds.UPDATE_REPLACE,
    role: kinds.ADD_REPLACE,
    keep: kinds.DELETE_REPLACE,
  });
  expect(detailed.getLength()).toBe(6);
  expect(response.getDiffsList()).toEqual(["files", "packages", "host", "role", "keep"]);
  expect(response.getReplacesList()).toEqual(["host", "role", "keep"]);
});

test("no change is said as such; the handler compares without marks, and old outputs where there are no old inputs", async () => {
  const response = await diff({ a: "out" }, { a: secret("in") }, { a: secret("new") });
  expect(response.getChanges()).toBe(proto.DiffResponse.DiffChanges.DIFF_NONE);
  expect(seen).toMatchObject({ state: { inputs: { a: "in" }, outputs: { a: "out" } }, news: { a: "new" } });
  await diff({ a: "out" }, undefined, {});
  expect(seen.state?.inputs).toEqual({ a: "out" });
});

describe("after a read", () => {
  const compare = () => diff({}, { a: "is" }, { a: "wanted" });

  // The thing is found as id-2, which is what the engine asks for then.
  const compareFound = () =>
    call<proto.DiffRequest, proto.DiffResponse>(
      client.diff,
      withUrn(new proto.DiffRequest(), (r) => {
        r.setId("id-2");
        r.setOldInputs(toStruct({ a: "is" }));
        r.setNews(toStruct({ a: "wanted" }));
      }),
    );

  test("the first diff is the engine's own, of which nobody is told; the next is the person's", async () => {
    changes = { a: "update" };
    await read({ a: "was" }, {});
    expect((await compareFound()).getDiffsList()).toEqual(["a"]);
    expect([own, told]).toEqual([[true], []]);
    await compareFound();
    expect([own, told]).toEqual([[true, false], ["something changes"]]);
  });

  test("that found nothing, of another resource, or for an import, the first diff is the person's", async () => {
    await read({ a: "was" }, {});
    await compare();
    await compareFound();
    await read({}, {});
    await compareFound();
    gone = true;
    await read({ a: "was" }, {});
    await compareFound();
    expect(own).toEqual([false, true, false, false]);
  });
});

test("check gives all failures, and the inputs as they are but for what is always secret", async () => {
  const request = withUrn(new proto.CheckRequest(), (r) =>
    r.setNews(toStruct({ size: "bad", colour: "bad", word: secret("w"), pin: "1" })),
  );
  const response = await call<proto.CheckRequest, proto.CheckResponse>(client.check, request);
  const failures = response.getFailuresList().map((each) => `${each.getProperty()} ${each.getReason()}`);
  expect(failures).toEqual(["size is bad", "colour is bad"]);
  const marked = { size: "bad", colour: "bad", word: secret("w"), pin: secret("1") };
  expect(fromStruct(response.getInputs())).toEqual(marked);
});

test("an error arrives with its hint, once, and without a stack", async () => {
  failure = Object.assign(new Error("mail1: no"), { hint: "switch it on" });
  await expect(create({})).rejects.toMatchObject({ details: "mail1: no\nhint: switch it on" });
  failure = Object.assign(new Error("mail1: no\nhint: switch it on"), { hint: "switch it on" });
  await expect(create({})).rejects.toMatchObject({ details: "mail1: no\nhint: switch it on" });
  failure = new Error("plain");
  await expect(create({})).rejects.toMatchObject({ details: "plain" });
});

test("a thing that is not ready yet fails with the state that the engine is to keep, secrets marked", async () => {
  const cause = Object.assign(new Error("still doing"), { hint: "run it again" });
  failure = new NotReady("id-9", { task: 7, word: "w", key: "k" }, cause);
  const error = await failureOf<grpc.ServiceError>(create({ word: secret("w") }));
  expect(error.details).toBe("still doing\nhint: run it again");
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const [detail] = Status.deserializeBinary(bytes as Buffer).getDetailsList();
  expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
  const kept = proto.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  expect([kept.getId(), kept.getReasonsList()]).toEqual(["id-9", [error.details]]);
  expect(kept.getRefreshBeforeUpdate()).toBe(true);
  expect(fromStruct(kept.getProperties())).toEqual({ task: 7, word: secret("w"), key: secret("k") });
});

test("a type that this provider does not have is refused by name", async () => {
  await expect(create({}, "urn:pulumi:s::p::test:x:Other::o")).rejects.toMatchObject({
    details: 'no resource of type "test:x:Other" in this provider; it has test:x:Thing',
  });
});

test("other connection settings of the provider are a change, the same ones in secret are none", async () => {
  const ask = (was: ValueMap, is: ValueMap) => {
    const request = withUrn(new proto.DiffRequest(), (r) => {
      r.setOldInputs(toStruct(was));
      r.setNews(toStruct(is));
    });
    return call<proto.DiffRequest, proto.DiffResponse>(client.diffConfig, request);
  };
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  expect((await ask({ key: "k" }, { key: secret("k") })).getChanges()).toBe(DIFF_NONE);
  const changed = await ask({ key: "k" }, { key: "l" });
  expect([changed.getChanges(), changed.getReplacesList()]).toEqual([DIFF_SOME, []]);
});

test("delete gets the last state, and cancel closes", async () => {
  const request = withUrn(new proto.DeleteRequest(), (r) => {
    r.setId("id-1");
    r.setProperties(toStruct({ a: secret("x") }));
  });
  await call<proto.DeleteRequest, Empty>(client.delete, request);
  expect(seen.state).toEqual({ id: "id-1", inputs: { a: "x" }, outputs: { a: "x" } });
  await call<Empty, Empty>(client.cancel, new Empty());
  expect(seen.closed).toBe(true);
});
