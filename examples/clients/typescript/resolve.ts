// Asks a tfreg server which tensors to feed and to fetch.
import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { BindingService } from "./gen/tfreg/v1/bindings_pb.js";
import type { TensorSpec } from "./gen/tfreg/v1/tensors_pb.js";

async function resolve(server: string, reference: string): Promise<void> {
  const transport = createGrpcTransport({ baseUrl: `http://${server}` });
  const bindings = createClient(BindingService, transport);
  const { binding } = await bindings.resolve({ reference }, { timeoutMs: 10_000 });
  console.log(`${binding?.model}:${binding?.version} ${binding?.format}`);
  for (const feed of binding?.feeds ?? []) {
    console.log(`feed ${feed.tensor?.key} as ${name(feed.tensor)}`);
  }
  for (const fetch of binding?.fetches ?? []) {
    console.log(`fetch ${fetch.key} as ${name(fetch)}`);
  }
}

/** Writes a tensor as a session takes it; a composite tensor has components instead. */
function name(tensor?: TensorSpec): string {
  return tensor?.ref ? `${tensor.ref.operation}:${tensor.ref.index}` : (tensor?.encoding ?? "");
}

/** Puts an error into words: its stable reason, if the server gave one, and its message, which ends with the next step. */
function told(error: unknown): string {
  const found = ConnectError.from(error);
  const info = found.findDetails(ErrorInfoSchema).find((detail) => detail.domain === "tfreg.dev");
  return info ? `${info.reason}: ${found.rawMessage}` : found.message;
}

const [server, reference] = process.argv.slice(2);
if (!server || !reference) {
  console.error("usage: resolve HOST:PORT REFERENCE");
  process.exit(2);
}
resolve(server, reference).catch((error: unknown) => {
  console.error(told(error));
  process.exitCode = 1;
});
